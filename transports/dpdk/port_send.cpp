// What goes into the device.

#include <rte_mbuf.h>

#include <algorithm>
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
    std::size_t ready = 0;
    while (ready < batch.size()) {
        prepared_[ready] = prepare(user, batch[ready], ready);
        if (prepared_[ready].fate == Fate::Busy) break;
        ++ready;
    }
    const std::size_t frames = burst_.frames().size();
    const std::size_t taken = frames == 0 ? 0 : device_.send(burst_.frames());
    // The first that the device did not take, and all behind it, stay the caller's.
    const std::size_t done = taken < frames ? burst_.index(taken) : ready;
    burst_.clear(taken);
    for (std::size_t i = 0; i < done; ++i)
        finish(user, batch[i], prepared_[i]);
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
        finish(user, datagram, {Fate::Refused, false, ENOBUFS});
    return batch.size();
}

Port::Prepared Port::prepare(PortUser& user, const Datagram& datagram, std::size_t at) {
    Prepared prepared{Fate::Frame};
    // Of a group that was sent to before all is known; most datagrams go there.
    const bool multicast = datagram.destination.address.is_multicast();
    const RouteCache::Route* known =
        multicast ? routes_of(user).find(datagram.destination) : nullptr;
    if (known != nullptr && !is_up()) return {Fate::Refused, false, ENETDOWN};
    if (known == nullptr) known = route(user, datagram, prepared);
    if (known == nullptr) return prepared;
    if (datagram.buffer.size() > known->payload_max) return {Fate::Refused, false, EMSGSIZE};
    bool copied = false;
    rte_mbuf* const frame = make_frame(datagram.buffer, known->headers, style_, pool_, copied);
    if (frame == nullptr) return {Fate::Busy};
    counters_.resend_copies += copied ? 1 : 0;
    prepared.stays_out = multicast && !known->wanted_here && !user.kernel_port;
    burst_.add(frame, at);
    return prepared;
}

const RouteCache::Route* Port::route(PortUser& user, const Datagram& datagram, Prepared& prepared) {
    const Endpoint& destination = datagram.destination;
    const auto refuse = [&](int error) {
        prepared = {Fate::Refused, false, error};
        return nullptr;
    };
    const std::optional<Endpoint> source = user.source_for(destination.address);
    if (!source) return refuse(EADDRNOTAVAIL);
    if (datagram.buffer.size() > payload_max(user, destination)) return refuse(EMSGSIZE);
    if (user.has_address(destination.address)) {
        prepared = {Fate::Local};
        return nullptr;
    }
    if (!is_up()) return refuse(ENETDOWN);
    const bool multicast = destination.address.is_multicast();
    MacAddress mac = multicast ? multicast_mac(destination.address) : kBroadcastMac;
    const bool unicast = !multicast && !user.is_broadcast(destination.address);
    if (unicast && !find_neighbour(user, datagram, mac, prepared)) return nullptr;
    RouteCache& routes = routes_of(user);
    if (RouteCache::Route* const known = routes.find(destination)) {
        if (unicast) known->headers.set_destination_mac(mac);
        return known;
    }
    UdpPath path;
    path.source_mac = station_.mac;
    path.destination_mac = mac;
    path.tag = station_.tag;
    path.source = *source;
    path.destination = destination;
    path.hop_limit = unicast ? kUnicastHopLimit : options_.ttl;
    const bool wanted = std::any_of(users_.begin(), users_.end(), [&](const PortUser* each) {
        Way way = Way::Multicast;
        return each->interest(destination, way) == PortUser::Interest::Wanted;
    });
    return &routes.insert(
        {FrameTemplate(path), destination, payload_max(user, destination), wanted});
}

std::size_t Port::payload_max(const PortUser& user, const Endpoint& destination) const {
    return std::min(options_.datagram_max,
                    udp_payload_max(destination.address.family(), user.interface()->mtu));
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
        prepared = {error == 0 ? Fate::Kernel : Fate::Refused, false, error};
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
            prepared = {Fate::Waiting};
            return false;
        case Lookup::Outcome::Unreachable:
            break;
    }
    ++counters_.unresolved;
    prepared = {Fate::Refused, false, EHOSTUNREACH};
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
    if (prepared.stays_out) return;
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
