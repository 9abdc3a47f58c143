// What comes out of the device, and to whom it goes.

#include <rte_mbuf.h>

#include <array>
#include <atomic>
#include <cstring>

#include "transports/dpdk/eal.hpp"
#include "transports/dpdk/frame_layout.hpp"
#include "transports/dpdk/mbuf_buffer.hpp"
#include "transports/dpdk/neighbour_message.hpp"
#include "transports/dpdk/port.hpp"

namespace mcast::dpdk {

namespace {

constexpr std::size_t kReceiveBurst = 64;
// How long a socket of this machine that was heard gets copies of what we send: some announcements
// of a node.
constexpr Duration kKernelNodesMemory = std::chrono::seconds(30);
// How long the sender of a stream need not be learned again: little of the time that a neighbour is
// taken to be where it was heard last.
constexpr Duration kAcquaintance = std::chrono::seconds(1);

DeviceVerdict verdict_of(const rte_mbuf& mbuf) {
    DeviceVerdict verdict;
    verdict.ipv4_checksum_good =
        (mbuf.ol_flags & RTE_MBUF_F_RX_IP_CKSUM_MASK) == RTE_MBUF_F_RX_IP_CKSUM_GOOD;
    verdict.udp_checksum_good =
        (mbuf.ol_flags & RTE_MBUF_F_RX_L4_CKSUM_MASK) == RTE_MBUF_F_RX_L4_CKSUM_GOOD;
    if ((mbuf.ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED) != 0) verdict.tag = mbuf.vlan_tci;
    return verdict;
}

bool is_cut(DropCause cause) {
    return cause == DropCause::Ipv4Length || cause == DropCause::Ipv6Length ||
           cause == DropCause::UdpLength || cause == DropCause::Ipv4Fragment ||
           cause == DropCause::Ipv6Fragment;
}

// Relaxed: counters, which order nothing.
void count(std::atomic<std::uint64_t>& counter) {
    counter.fetch_add(1, std::memory_order_relaxed);
}

bool aligned(const std::byte* at) {
    return reinterpret_cast<std::uintptr_t>(at) % 8 == 0;
}

}  // namespace

std::size_t Port::poll() {
    const Instant now = clock_.recently();
    const std::size_t size = take_in_burst(now);
    // What has arrived may bring something to do.
    if (size > 0 || now >= due_at_) keep_up(now);
    return size;
}

std::size_t Port::take_in_burst(Instant now) {
    std::array<rte_mbuf*, kReceiveBurst> frames;
    const std::size_t size = device_.receive(frames);
    const WallTime wall = size > 0 ? clock_.wall_now() : WallTime{};
    for (std::size_t i = 0; i < size; ++i) {
        if (i + 1 < size) rte_prefetch0(rte_pktmbuf_mtod(frames[i + 1], void*));
        take_in(*frames[i], now, wall);
    }
    return size;
}

void Port::take_in(rte_mbuf& mbuf, Instant now, WallTime wall) {
    // A chain is what only a few software devices can give: nothing of ours needs one.
    if (mbuf.nb_segs != 1 || mbuf.data_len < kEthernetSize) {
        drops_.count(DropCause::Runt);
        rte_pktmbuf_free(&mbuf);
        return;
    }
    const auto* const bytes = rte_pktmbuf_mtod(&mbuf, const std::byte*);
    DeviceVerdict verdict = verdict_of(mbuf);
    // What a socket of this very machine sends is seen before its sums are computed.
    const bool of_kernel = kernel_interface_ && MacAddress::load(bytes + 6) == station_.mac;
    if (of_kernel) verdict.udp_checksum_good = true;
    const ParsedFrame frame = parse_frame({bytes, mbuf.data_len}, filter_, verdict);
    switch (frame.kind) {
        case FrameKind::Udp:
            if (!is_latest_sender(frame, now)) {
                if (is_own(frame.source)) break;
                if (of_kernel && frame.destination.port == options_.port)
                    kernel_nodes_until_ = now + kKernelNodesMemory;
                else if (!of_kernel)
                    meet(frame, now);
            }
            deliver(mbuf, frame, wall);
            return;
        case FrameKind::Arp:
        case FrameKind::Icmpv6:
            take_in_neighbour(frame, now);
            groups_.on_frame(now, frame);
            next_seat_ = now;  // perhaps an answer that datagrams wait for
            break;
        case FrameKind::Igmp:
            groups_.on_frame(now, frame);
            break;
        case FrameKind::Dropped:
            count_drop(frame);
            break;
        case FrameKind::Icmp:
            break;
    }
    rte_pktmbuf_free(&mbuf);
}

void Port::take_in_neighbour(const ParsedFrame& frame, Instant now) {
    neighbours_.on_frame(now, frame);
    // Who announces itself is likely to be sent to soon: it need not be asked for then.
    const NeighbourMessage message = read_neighbour_message(frame);
    const bool announces = message.fault == NeighbourFault::None && !message.mac.is_zero() &&
                           ((message.kind == NeighbourMessage::Kind::Question &&
                             message.asked_for == message.claimed) ||
                            (message.kind == NeighbourMessage::Kind::Answer && !message.solicited));
    if (announces && !message.claimed.is_unspecified() && !neighbours_.is_ours(message.claimed))
        neighbours_.learn(now, message.claimed, message.mac);
}

void Port::count_drop(const ParsedFrame& frame) {
    drops_.count(frame.cause);
    if (frame.cause == DropCause::UdpChecksum && drops_[frame.cause] == 1 && kernel_interface_)
        tell_of_checksum(frame);
    if (!is_cut(frame.cause)) return;
    for (PortUser* user : users_)
        if (user->is_attached()) count(user->truncated);
}

void Port::tell_of_checksum(const ParsedFrame& frame) const {
    eal_log().write("a wrong UDP checksum from " + to_string(frame.source) +
                    ": if its interface is virtual, its kernel leaves checksums to a device that "
                    "there is not: ethtool -K INTERFACE tx off there, or udp_checksum = false "
                    "here\n");
}

bool Port::is_own(const Endpoint& source) const {
    // What we sent ourselves was handed over locally; a hub or a loop brings it once more.
    for (const PortUser* user : users_)
        if (user->is_attached() && user->unicast_port() == source.port &&
            user->has_address(source.address))
            return true;
    return false;
}

bool Port::is_latest_sender(const ParsedFrame& frame, Instant now) const {
    return now < sender_.until && frame.source == sender_.source && frame.source_mac == sender_.mac;
}

void Port::meet(const ParsedFrame& frame, Instant now) {
    neighbours_.learn(now, frame.source.address, frame.source_mac);
    sender_ = {frame.source, frame.source_mac, now + kAcquaintance};
}

void Port::deliver(rte_mbuf& mbuf, const ParsedFrame& frame, WallTime now) {
    const bool fits = frame.payload.size() <= options_.datagram_max;
    if (reader_.user != nullptr && fits && frame.destination == reader_.group)
        give(*reader_.user, mbuf, frame, Way::Multicast, now);
    else
        find_readers(mbuf, frame, now);
}

void Port::find_readers(rte_mbuf& mbuf, const ParsedFrame& frame, WallTime now) {
    PortUser* first = nullptr;
    std::size_t readers = 0;
    Way way = Way::Multicast;
    bool leaked = false;
    for (PortUser* user : users_) {
        const PortUser::Interest interest = user->interest(frame.destination, way);
        if (interest == PortUser::Interest::Leaked) leaked = true;
        if (interest != PortUser::Interest::Wanted) continue;
        ++readers;
        if (frame.payload.size() > options_.datagram_max) {
            count(user->truncated);
            continue;
        }
        if (first == nullptr) {
            first = user;
            continue;
        }
        // Copies before the mbuf itself goes: its node may be done with it at once.
        copy_to(*user, frame.payload, frame.source, frame.destination, way, now);
        ++counters_.local_copies;
    }
    if (leaked && readers == 0)
        for (PortUser* user : users_)
            if (user->is_attached()) count(user->leaked);
    if (first == nullptr) {
        rte_pktmbuf_free(&mbuf);
        return;
    }
    if (readers == 1 && frame.destination.address.is_multicast())
        reader_ = {frame.destination, first};
    give(*first, mbuf, frame, way, now);
}

void Port::give(PortUser& user, rte_mbuf& mbuf, const ParsedFrame& frame, Way way, WallTime now) {
    rte_mbuf* own = &mbuf;
    std::byte* const payload = own_payload(own, frame.payload);
    if (payload == nullptr) {
        count(user.dropped);
        rte_pktmbuf_free(&mbuf);
        return;
    }
    hand_over(user, {own, payload, static_cast<std::uint32_t>(frame.payload.size()), way,
                     frame.source, frame.destination, now});
}

std::byte* Port::own_payload(rte_mbuf*& mbuf, std::span<const std::byte> payload) {
    rte_mbuf& arrived = *mbuf;
    if (pool_.is_ours(arrived) && RTE_MBUF_DIRECT(&arrived) &&
        rte_mbuf_refcnt_read(&arrived) == 1) {
        // Acquire: pairs with the release of whoever gave back its reference last.
        std::atomic_thread_fence(std::memory_order_acquire);
        auto* at = rte_pktmbuf_mtod(&arrived, std::byte*) +
                   (payload.data() - rte_pktmbuf_mtod(&arrived, const std::byte*));
        if (aligned(at)) return at;
        // Towards the headers, which have been read; there are more than 7 bytes of them.
        std::byte* const moved = at - reinterpret_cast<std::uintptr_t>(at) % 8;
        std::memmove(moved, at, payload.size());
        ++counters_.moved_payloads;
        return moved;
    }
    rte_mbuf* const copy = pool_.allocate();
    if (copy == nullptr) {
        ++counters_.receive_no_mbuf;
        return nullptr;
    }
    std::byte* const at = pool_.payload(*copy);
    if (!payload.empty()) std::memcpy(at, payload.data(), payload.size());
    ++counters_.foreign_copies;
    rte_pktmbuf_free(mbuf);
    mbuf = copy;
    return at;
}

void Port::copy_to(PortUser& user, std::span<const std::byte> payload, const Endpoint& source,
                   const Endpoint& destination, Way way, WallTime now) {
    rte_mbuf* const copy = pool_.allocate();
    if (copy == nullptr) {
        ++counters_.receive_no_mbuf;
        count(user.dropped);
        return;
    }
    std::byte* const at = pool_.payload(*copy);
    if (!payload.empty()) std::memcpy(at, payload.data(), payload.size());
    hand_over(user, {copy, at, static_cast<std::uint32_t>(payload.size()), way, source, destination,
                     now});
}

void Port::hand_over(PortUser& user, const Arrival& arrival) {
    if (user.arrivals.push(arrival)) return;
    count(user.dropped);
    rte_pktmbuf_free(arrival.mbuf);
}

}  // namespace mcast::dpdk
