#include "mcast/interface.hpp"

#include <algorithm>

namespace mcast {

std::string_view to_string(InterfaceKind kind) {
    switch (kind) {
        case InterfaceKind::Ethernet:
            return "ethernet";
        case InterfaceKind::Wifi:
            return "wifi";
        case InterfaceKind::Loopback:
            return "loopback";
        case InterfaceKind::Bridge:
            return "bridge";
        case InterfaceKind::ContainerBridge:
            return "container";
        case InterfaceKind::Tunnel:
            return "tunnel";
        case InterfaceKind::Other:
            break;
    }
    return "other";
}

bool Interface::has_address(Family family) const {
    return std::any_of(addresses.begin(), addresses.end(), [&](const InterfaceAddress& own) {
        return own.address.family() == family && !own.tentative;
    });
}

}  // namespace mcast
