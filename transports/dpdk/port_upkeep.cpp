// What a port does besides carrying datagrams: its link, and what neighbours and routers ask.

#include <rte_mbuf.h>

#include <algorithm>

#include "transports/dpdk/frame_layout.hpp"
#include "transports/dpdk/port.hpp"

namespace mcast::dpdk {

namespace {

// How often the device is asked for its link.
constexpr Duration kLinkInterval = std::chrono::milliseconds(50);
// How often waiting datagrams are looked at when no answer has come.
constexpr Duration kSeatInterval = std::chrono::milliseconds(50);

}  // namespace

void Port::keep_up(Instant now) {
    look_at_link(now);
    write_due(now);
    seat_waiting(now);
    due_at_ = next_look_;
    if (!was_up_) return;
    due_at_ = std::min({due_at_, neighbours_.deadline(), groups_.deadline()});
    if (!waiting_.empty()) due_at_ = std::min(due_at_, next_seat_);
}

void Port::look_at_link(Instant now) {
    if (now < next_look_) return;
    next_look_ = now + kLinkInterval;
    link_up_.store(device_.link_up(), std::memory_order_relaxed);
    const bool up = is_up();
    if (up == was_up_) return;
    was_up_ = up;
    sender_ = {};
    neighbours_.on_link(now, up);
    groups_.on_link(now, up);
}

void Port::write_due(Instant now) {
    due_at_ = Instant::min();  // whoever comes here has changed what is due
    if (!was_up_) return;
    // On a shared interface the kernel speaks for our addresses, and gets the answers.
    while (!kernel_has_neighbours() && neighbours_.deadline() <= now &&
           send_control(&Port::write_neighbours, now)) {
    }
    while (groups_.deadline() <= now && send_control(&Port::write_groups, now)) {
    }
}

std::size_t Port::write_neighbours(Instant now, std::span<std::byte> frame) {
    return neighbours_.write_due(now, frame);
}

std::size_t Port::write_groups(Instant now, std::span<std::byte> frame) {
    return groups_.write_due(now, frame);
}

bool Port::send_control(std::size_t (Port::*write)(Instant, std::span<std::byte>), Instant now) {
    rte_mbuf* mbuf = pool_.allocate();
    if (mbuf == nullptr) return false;  // what is due stays so
    const std::size_t room = std::min<std::size_t>(
        rte_pktmbuf_tailroom(mbuf), device_.traits().mtu + kEthernetSize + kVlanTagSize);
    const std::size_t size = (this->*write)(now, {rte_pktmbuf_mtod(mbuf, std::byte*), room});
    if (size > 0) rte_pktmbuf_append(mbuf, static_cast<std::uint16_t>(size));
    // Lost if the device is busy: all of these are repeated.
    if (size == 0 || device_.send({&mbuf, 1}) == 0) rte_pktmbuf_free(mbuf);
    return size > 0;
}

void Port::seat_waiting(Instant now) {
    if (waiting_.empty() || now < next_seat_) return;
    next_seat_ = now + kSeatInterval;
    waiting_.visit([this, now](WaitingRoom::Guest& guest) {
        const Lookup found = neighbours_.lookup(now, guest.datagram.destination.address);
        if (found.outcome == Lookup::Outcome::Asked) return false;
        Prepared prepared;
        if (found.outcome == Lookup::Outcome::Known)
            prepared = prepare(*guest.user, guest.datagram, 0);
        if (prepared.fate == Fate::Busy) return false;
        const bool sent =
            prepared.fate == Fate::Frame && device_.send(burst_.frames()) == burst_.frames().size();
        burst_.clear(sent ? burst_.frames().size() : 0);
        if (!sent) {
            ++counters_.unresolved;
            guest.user->unresolved.fetch_add(1, std::memory_order_relaxed);
        }
        return true;
    });
}

}  // namespace mcast::dpdk
