#include "transports/dpdk/port_user.hpp"

#include <rte_mbuf.h>

#include <algorithm>
#include <array>

namespace mcast::dpdk {

PortUser::PortUser(const Options& options)
    : arrivals(options.receive_buffer_count),
      transmit(Account::open()),
      receive(Account::open()),
      options_(options) {}

PortUser::~PortUser() {
    detach();
    transmit->close();
    receive->close();
}

void PortUser::attach(const Interface& interface, std::uint16_t unicast_port) {
    interface_ = interface;
    unicast_port_ = unicast_port;
}

void PortUser::detach() {
    interface_.reset();
    groups_.clear();
    unicast_port_ = 0;
    counters = {};
    dropped = leaked = truncated = unresolved = 0;
    kernel_port.reset();
    Arrival arrival;
    while (arrivals.pop(arrival))
        rte_pktmbuf_free(arrival.mbuf);
}

bool PortUser::join(const Group& group) {
    if (std::find(groups_.begin(), groups_.end(), group) != groups_.end()) return false;
    groups_.push_back(group);
    return true;
}

bool PortUser::leave(const Group& group) {
    return std::erase(groups_, group) > 0;
}

bool PortUser::wants(const Address& group) const {
    return std::any_of(groups_.begin(), groups_.end(),
                       [&](const Group& own) { return own.address == group; });
}

std::optional<Endpoint> PortUser::source_for(const Address& destination) const {
    if (!interface_) return std::nullopt;
    const Family family = destination.family();
    // A link-local source where the destination is of the link: groups (ours have that scope),
    // fe80::/10. For others one of the same network, else the first.
    const bool of_link =
        family == Family::Ipv6 && (destination.is_multicast() || destination.is_link_local());
    std::optional<Endpoint> best;
    int best_score = -1;
    for (const InterfaceAddress& own : interface_->addresses) {
        if (own.address.family() != family || own.tentative) continue;
        int score = 0;
        if (family == Family::Ipv6 && own.address.is_link_local() == of_link) score += 1;
        if (own.address.shares_prefix(destination, own.prefix_length)) score += 2;
        if (score <= best_score) continue;
        best_score = score;
        best = Endpoint{own.address, unicast_port_};
    }
    return best;
}

std::optional<Endpoint> PortUser::unicast_endpoint(Family family) const {
    // The source of what goes to all: IPv6's link-local address, if there is one.
    constexpr std::array<std::uint8_t, 16> kAllNodes{0xff, 2, 0, 0, 0, 0, 0, 0,
                                                     0,    0, 0, 0, 0, 0, 0, 1};
    return source_for(family == Family::Ipv6 ? Address::ipv6(kAllNodes)
                                             : Address::ipv4(224, 0, 0, 1));
}

bool PortUser::has_address(const Address& address) const {
    if (!interface_) return false;
    for (const InterfaceAddress& own : interface_->addresses)
        if (own.address == address) return true;
    return false;
}

bool PortUser::is_broadcast(const Address& address) const {
    if (!interface_ || address.family() != Family::Ipv4) return false;
    if (address.is_limited_broadcast()) return true;
    for (const InterfaceAddress& own : interface_->addresses)
        if (own.broadcast == address) return true;
    return false;
}

PortUser::Interest PortUser::interest(const Endpoint& destination, Way& way) const {
    if (!interface_) return Interest::None;
    if (destination.address.is_multicast()) {
        way = Way::Multicast;
        if (destination.port != options_.port) return Interest::None;
        return std::find(groups_.begin(), groups_.end(), destination) != groups_.end()
                   ? Interest::Wanted
                   : Interest::Leaked;
    }
    if (destination.port == unicast_port_ && has_address(destination.address)) {
        way = Way::Unicast;
        return Interest::Wanted;
    }
    if (destination.port == options_.port && is_broadcast(destination.address)) {
        way = Way::Broadcast;
        return Interest::Wanted;
    }
    return Interest::None;
}

}  // namespace mcast::dpdk
