#include "relay/route_stats.hpp"

namespace mcast::relay {

std::string_view to_string(CarryDrop cause) {
    switch (cause) {
        case CarryDrop::HopLimit:
            return "hop-limit";
        case CarryDrop::Elsewhere:
            return "elsewhere";
        case CarryDrop::Duplicate:
            return "duplicate";
        case CarryDrop::Standby:
            return "standby";
        case CarryDrop::Rule:
            return "rule";
        case CarryDrop::RateLimit:
            return "rate-limit";
        case CarryDrop::TooLarge:
            return "too-large";
        case CarryDrop::QueueFull:
            return "queue-full";
        case CarryDrop::Stale:
            return "stale";
        case CarryDrop::NoListener:
            return "no-listener";
        case CarryDrop::NoReceiver:
            return "no-receiver";
        case CarryDrop::Answered:
            return "answered";
        case CarryDrop::Overheard:
            return "overheard";
        case CarryDrop::FlowLimit:
            return "flow-limit";
        case CarryDrop::Malformed:
            return "malformed";
    }
    return "?";
}

std::uint32_t RouteStats::find(InterfaceIndex from, InterfaceIndex to) {
    for (std::size_t i = 1; i < routes_.size(); ++i)
        if (routes_[i].from == from && routes_[i].to == to) return static_cast<std::uint32_t>(i);
    if (routes_.size() == kRoutesMax) return 0;
    RouteCounters& route = routes_.emplace_back();
    route.from = from;
    route.to = to;
    return static_cast<std::uint32_t>(routes_.size() - 1);
}

}  // namespace mcast::relay
