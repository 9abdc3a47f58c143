#include "transports/sim/machine.hpp"

#include <algorithm>

#include "transports/sim/sim_transport.hpp"

namespace mcast::sim {

Adapter* Machine::find(InterfaceIndex index) {
    for (Adapter& adapter : adapters_) {
        if (adapter.index == index) return &adapter;
    }
    return nullptr;
}

Adapter* Machine::find(std::string_view interface_name) {
    for (Adapter& adapter : adapters_) {
        if (adapter.port.name == interface_name) return &adapter;
    }
    return nullptr;
}

std::vector<Interface> Machine::interfaces() const {
    std::vector<Interface> list;
    list.reserve(adapters_.size());
    for (const Adapter& adapter : adapters_) {
        Interface interface;
        interface.index = adapter.index;
        interface.name = adapter.port.name;
        interface.kind = adapter.port.kind;
        interface.mtu = adapter.port.mtu;
        interface.up = adapter.up;
        interface.multicast = true;
        interface.broadcast = adapter.broadcasts();
        interface.point_to_point = adapter.port.kind == InterfaceKind::Tunnel;
        if (adapter.ipv4.family() != Family::None) {
            interface.addresses.push_back({adapter.ipv4, 16, adapter.broadcast, false});
        }
        if (adapter.ipv6.family() != Family::None) {
            interface.addresses.push_back({adapter.ipv6, 64, {}, false});
        }
        list.push_back(std::move(interface));
    }
    std::sort(list.begin(), list.end(),
              [](const Interface& a, const Interface& b) { return a.index < b.index; });
    return list;
}

std::uint16_t Machine::free_unicast_port() const {
    std::uint16_t port = kUnicastPortFirst;
    const auto taken = [&](const SimTransport* transport) {
        return transport->unicast_port() == port;
    };
    while (std::any_of(transports_.begin(), transports_.end(), taken))
        ++port;
    return port;
}

}  // namespace mcast::sim
