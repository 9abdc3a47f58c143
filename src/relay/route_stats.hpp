#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "mcast/interface.hpp"

namespace mcast::relay {

// Why a datagram of ours was not carried to an interface. Each is counted for the way it would
// have gone, or for its interface alone where none was left to choose.
enum class CarryDrop : std::uint8_t {
    HopLimit,    // passed as many relays as it may
    Elsewhere,   // came another way than its origin is heard: a copy that another relay made
    Duplicate,   // was carried before
    Standby,     // another relay carries it, or has
    Rule,        // a rule, or the default, says drop
    RateLimit,   // beyond the rate of its rule
    TooLarge,    // for the MTU of the interface it would leave through
    QueueFull,   // the interface took nothing for too long
    Stale,       // of a Latest topic: overtaken while it waited for the interface
    NoListener,  // nobody beyond subscribes to it
    NoReceiver,  // for one peer alone, who is not known here
    Answered,    // a request for repair that this relay answered itself
    Overheard,   // a request for repair that was told to all; the publisher got one of its own
    FlowLimit,   // beyond flows_max
    Malformed,   // a control message that does not decode
};
inline constexpr std::size_t kCarryDropCount = 15;

[[nodiscard]] std::string_view to_string(CarryDrop cause);  // "hop-limit", …

// What went one way, in datagrams.
struct RouteCounters {
    InterfaceIndex from;
    InterfaceIndex to;  // 0: none was chosen
    std::uint64_t datagrams = 0;
    std::uint64_t bytes = 0;
    std::uint64_t repairs = 0;  // of these, answered from what this relay holds
    std::array<std::uint64_t, kCarryDropCount> dropped{};
};

// The counters of all ways; what goes beyond the limit is counted under the first entry.
class RouteStats {
public:
    static constexpr std::size_t kRoutesMax = 1024;

    RouteStats() { routes_.reserve(kRoutesMax), routes_.emplace_back(); }

    [[nodiscard]] std::uint32_t find(InterfaceIndex from, InterfaceIndex to);
    [[nodiscard]] RouteCounters& at(std::uint32_t route) { return routes_[route]; }
    void drop(std::uint32_t route, CarryDrop cause) {
        ++routes_[route].dropped[static_cast<std::size_t>(cause)];
    }
    [[nodiscard]] const std::vector<RouteCounters>& all() const { return routes_; }

private:
    std::vector<RouteCounters> routes_;
};

}  // namespace mcast::relay
