#include "node/link.hpp"

#include <algorithm>

namespace mcast::detail {

std::uint32_t Link::datagram_max(Family family) const {
    // UDP header 8, IPv4 header 20, IPv6 header 40 bytes; neither of us sends IP options.
    const std::uint32_t overhead = family == Family::Ipv6 ? 48 : 28;
    return interface.mtu <= overhead ? 0 : (interface.mtu - overhead) & ~std::uint32_t{7};
}

bool Link::multicasts(Family family) const {
    if (!interface.multicast || !interface.has_address(family)) return false;
    return family != Family::Ipv6 || interface.kind != InterfaceKind::Loopback;
}

std::optional<Address> Link::broadcast_address() const {
    if (!interface.broadcast || !interface.has_address(Family::Ipv4)) return std::nullopt;
    for (const InterfaceAddress& address : interface.addresses)
        if (address.broadcast.family() == Family::Ipv4) return address.broadcast;
    return Address::ipv4(255, 255, 255, 255);
}

bool Link::reaches(const Address& address) const {
    for (const InterfaceAddress& own : interface.addresses)
        if (own.address.shares_prefix(address, own.prefix_length)) return true;
    return false;
}

bool Link::owns(const Address& address) const {
    return std::any_of(interface.addresses.begin(), interface.addresses.end(),
                       [&](const InterfaceAddress& own) { return own.address == address; });
}

std::uint8_t Link::cost() const {
    switch (interface.kind) {
        case InterfaceKind::Loopback:
            return 0;
        case InterfaceKind::Ethernet:
            return 1;
        case InterfaceKind::Bridge:
            return 1;
        case InterfaceKind::Wifi:
            return 2;
        default:
            return 3;
    }
}

}  // namespace mcast::detail
