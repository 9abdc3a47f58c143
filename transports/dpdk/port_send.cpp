// What goes into the device.

#include <rte_mbuf.h>

#include <array>
#include <cerrno>

#include "transports/dpdk/frame_layout.hpp"
#include "transports/dpdk/port.hpp"

namespace mcast::dpdk {

namespace {

// Of unicast: as kernels do.
constexpr std::uint8_t kUnicastHopLimit = 64;
// How long a device may take nothing before it counts as dead, and datagrams are lost instead of
// kept: a full ring of 1000 frames is sent in 12 ms at 1 Gbit/s.
constexpr Duration kStallMax = std::chrono::milliseconds(100);

}  // namespace

std::size_t Port::send(PortUser& user, std::span<Datagram> batch) {
    std::size_t done = 0;
    while (done < batch.size()) {
        const std::size_t count = std::min(batch.size() - done, SendBurst::kMax);
        const std::size_t sent = send_some(user, batch.subspan(done, count));
        done += sent;
        if (sent < count) break;
    }
    return done;
}

std::size_t Port::send_some(PortUser& user, std::span<Datagram> batch) {
    std::array<Prepared, SendBurst::kMax> prepared;
    std::size_t ready = 0;
    while (ready < batch.size()) {
        prepared[ready] = prepare(user, batch[ready], ready);
        if (prepared[ready].fate == Fate::Busy) break;
        ++ready;
    }
    const std::size_t frames = burst_.frames().size();
    const std::size_t taken = frames == 0 ? 0 : device_.send(burst_.frames());
    // The first that the device did not take, and all behind it, stay the caller's.
    const std::size_t done = taken < frames ? burst_.index(taken) : ready;
    burst_.clear(taken);
    for (std::size_t i = 0; i < done; ++i)
        finish(user, batch[i], prepared[i]);
    if (done == batch.size() || taken > 0) {
        stalled_since_ = kNever;
        return done;
    }
    return done + give_up(user, batch.subspan(done));
}

std::size_t Port::give_up(PortUser& user, std::span<Datagram> batch) {
    const Instant now = clock_.now();
    // Mbufs come back when the driver looks at what it has sent.
    device_.reclaim();
    if (stalled_since_ == kNever) stalled_since_ = now;
    if (now - stalled_since_ < kStallMax) return 0;
    for (const Datagram& datagram : batch)
        finish(user, datagram, {Fate::Refused, ENOBUFS});
    return batch.size();
}

Port::Prepared Port::prepare(PortUser& user, const Datagram& datagram, std::size_t at) {
    const Endpoint& destination = datagram.destination;
    const std::optional<Endpoint> source = user.source_for(destination.address);
    if (!source) return {Fate::Refused, EADDRNOTAVAIL};
    const std::size_t mtu = user.interface()->mtu;
    if (datagram.buffer.size() > options_.datagram_max ||
        datagram.buffer.size() > udp_payload_max(destination.address.family(), mtu))
        return {Fate::Refused, EMSGSIZE};
    if (user.has_address(destination.address)) return {Fate::Local, 0};
    if (!is_up()) return {Fate::Refused, ENETDOWN};
    Prepared prepared{Fate::Frame, 0};
    const FrameTemplate* const headers = route(user, datagram, *source, prepared);
    if (headers == nullptr) return prepared;
    bool copied = false;
    rte_mbuf* const frame = make_frame(datagram.buffer, *headers, style_, pool_, copied);
    if (frame == nullptr) return {Fate::Busy, 0};
    counters_.resend_copies += copied ? 1 : 0;
    burst_.add(frame, at);
    return prepared;
}

const FrameTemplate* Port::route(PortUser& user, const Datagram& datagram, const Endpoint& source,
                                 Prepared& prepared) {
    const Endpoint& destination = datagram.destination;
    const bool multicast = destination.address.is_multicast();
    const bool broadcast = !multicast && user.is_broadcast(destination.address);
    MacAddress mac = kBroadcastMac;
    if (!multicast && !broadcast && !find_neighbour(user, datagram, mac, prepared)) return nullptr;
    RouteCache& routes = routes_of(user);
    if (FrameTemplate* const known = routes.find(destination)) {
        if (!multicast) known->set_destination_mac(mac);
        return known;
    }
    UdpPath path;
    path.source_mac = station_.mac;
    path.destination_mac = multicast ? multicast_mac(destination.address) : mac;
    path.tag = station_.tag;
    path.source = source;
    path.destination = destination;
    path.hop_limit = multicast || broadcast ? options_.ttl : kUnicastHopLimit;
    return &routes.insert(destination, path);
}

bool Port::find_neighbour(PortUser& user, const Datagram& datagram, MacAddress& mac,
                          Prepared& prepared) {
    const Instant now = clock_.now();
    if (kernel_has_neighbours()) {
        mac = neighbours_.heard(now, datagram.destination.address);
        if (!mac.is_zero()) return true;
        // The kernel asks, and keeps what waits for the answer; when it talks to us we hear it.
        const int error = user.kernel_port ? user.kernel_port->send(datagram.destination, index_,
                                                                    datagram.buffer.bytes())
                                           : EHOSTUNREACH;
        prepared = {error == 0 ? Fate::Kernel : Fate::Refused, error};
        return false;
    }
    Lookup found = neighbours_.lookup(now, datagram.destination.address);
    if (found.outcome == Lookup::Outcome::Asked) {
        // Asks, and looks whether the answer, or an announcement, is there already.
        write_due(now);
        take_in_burst(now);
        found = neighbours_.lookup(now, datagram.destination.address);
    }
    switch (found.outcome) {
        case Lookup::Outcome::Known:
            mac = found.mac;
            return true;
        case Lookup::Outcome::Asked:
            if (waiting_.full()) break;
            waiting_.add(user, datagram);
            prepared = {Fate::Waiting, 0};
            return false;
        case Lookup::Outcome::Unreachable:
            break;
    }
    ++counters_.unresolved;
    prepared = {Fate::Refused, EHOSTUNREACH};
    return false;
}

void Port::finish(PortUser& user, const Datagram& datagram, const Prepared& prepared) {
    TransportCounters& counters = user.counters;
    ++counters.sent_datagrams;
    counters.sent_bytes += datagram.buffer.size();
    if (prepared.fate == Fate::Refused) {
        ++counters.send_errors;
        counters.last_send_error = prepared.error;
        return;
    }
    const bool delivered = deliver_locally(user, datagram);
    if (prepared.fate == Fate::Local && !delivered) {
        ++counters.send_errors;
        counters.last_send_error = ECONNREFUSED;
    }
}

bool Port::deliver_locally(PortUser& sender, const Datagram& datagram) {
    const Endpoint& destination = datagram.destination;
    Way way = Way::Multicast;
    bool delivered = false;
    for (PortUser* user : users_) {
        if (user->interest(destination, way) != PortUser::Interest::Wanted) continue;
        delivered = true;
        copy_to(*user, datagram.buffer.bytes(), *sender.source_for(destination.address),
                destination, way, clock_.wall_now());
        ++counters_.local_copies;
    }
    if (!sender.kernel_port) return delivered;
    // Sockets of this machine: those that were heard of late, or that are addressed themselves.
    const bool to_sockets = destination.address.is_multicast()
                                ? clock_.now() < kernel_nodes_until_
                                : !delivered && sender.has_address(destination.address);
    if (!to_sockets) return delivered;
    ++counters_.local_copies;
    return sender.kernel_port->send_here(destination, index_, datagram.buffer.bytes());
}

}  // namespace mcast::dpdk
