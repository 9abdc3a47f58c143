#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "mcast/address.hpp"
#include "transports/dpdk/frame_template.hpp"

namespace mcast::dpdk {

// The headers to the latest destinations of a node, made once for many datagrams.
class RouteCache {
public:
    struct Route {
        Endpoint destination;
        FrameTemplate headers;
    };

    [[nodiscard]] FrameTemplate* find(const Endpoint& destination) {
        std::optional<Route>& route = routes_[slot(destination)];
        return route && route->destination == destination ? &route->headers : nullptr;
    }
    const FrameTemplate& insert(const Endpoint& destination, const UdpPath& path) {
        std::optional<Route>& route = routes_[slot(destination)];
        route.emplace(Route{destination, FrameTemplate(path)});
        return route->headers;
    }
    // When an address of ours or of a neighbour changed.
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
