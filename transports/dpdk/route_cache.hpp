#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "mcast/address.hpp"
#include "transports/dpdk/frame_template.hpp"

namespace mcast::dpdk {

// What is known of the latest destinations of a node, found out once for many datagrams.
class RouteCache {
public:
    struct Route {
        FrameTemplate headers;
        Endpoint destination;
        std::size_t payload_max = 0;  // bytes of a datagram
        bool wanted_here = false;     // a group that nodes of this port have joined
    };

    [[nodiscard]] Route* find(const Endpoint& destination) {
        std::optional<Route>& route = routes_[slot(destination)];
        return route && route->destination == destination ? &*route : nullptr;
    }
    const Route& insert(const Route& route) {
        return routes_[slot(route.destination)].emplace(route);
    }
    // When an address of ours or of a neighbour changed, the interface, or who joined what.
    void clear() {
        for (std::optional<Route>& route : routes_)
            route.reset();
    }

private:
    static constexpr std::size_t kRoutes = 256;  // a node's topics and peers; more share slots
    [[nodiscard]] static std::size_t slot(const Endpoint& destination) {
        std::uint32_t sum = destination.port;
        for (const std::uint8_t byte : destination.address.bytes())
            sum = sum * 31 + byte;
        return sum % kRoutes;
    }
    std::array<std::optional<Route>, kRoutes> routes_;
};

}  // namespace mcast::dpdk
