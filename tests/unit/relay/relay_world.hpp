#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <utility>

#include "mcast/interface.hpp"

namespace mcast::relay {

inline Interface make_interface(std::uint32_t index, std::string name, const char* address,
                                InterfaceKind kind = InterfaceKind::Ethernet) {
    Interface interface;
    interface.index = {index};
    interface.name = std::move(name);
    interface.kind = kind;
    interface.addresses.push_back({Address::parse(address).value(), 24, {}, false});
    return interface;
}

// The interfaces that tests of rules relay between.
inline const std::array<Interface, 4>& world_interfaces() {
    static const std::array<Interface, 4> interfaces{
        make_interface(1, "e0", "10.0.0.1"), make_interface(2, "e1", "10.1.0.1"),
        make_interface(3, "wlan0", "192.168.0.1", InterfaceKind::Wifi),
        make_interface(4, "wlan1", "fe80::1", InterfaceKind::Wifi)};
    return interfaces;
}

}  // namespace mcast::relay
