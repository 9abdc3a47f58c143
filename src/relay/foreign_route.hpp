#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mcast/address.hpp"
#include "mcast/interface.hpp"
#include "mcast/time.hpp"
#include "relay/storm_breaker.hpp"

namespace mcast::relay {

// Plain UDP of others that is carried: what, from where, to where, and how.
struct ForeignRoute {
    std::string name;      // for people: a preset's, or the group and port
    Endpoint destination;  // a group, or 255.255.255.255 with a port: what is broadcast to it
    InterfaceSelection from{};
    InterfaceSelection to{};
    bool both = false;         // also the other way round
    bool keep_source = false;  // else this host's own address
    // Without the source: answers are brought back for so long after the last question. 0: never.
    Duration replies = std::chrono::seconds(30);
    // What it leaves with; none: one less than it came with, and what came with 1 stays.
    std::optional<std::uint8_t> ttl{};
    std::uint32_t rate = 2000;  // of the storm breaker, a second and direction; 0: no breaker
    Duration open = std::chrono::seconds(5);

    // A single destination in words: "239.255.255.250:1900", "broadcast:6454".
    [[nodiscard]] static std::string text(const Endpoint& destination);
    // What it is called between relays; see Election.
    [[nodiscard]] static std::uint64_t key(const Endpoint& destination);
};

// What became of a datagram of others on one of its ways out.
enum class ForeignFate : std::uint8_t {
    Forwarded,
    Echo,       // our own, which the kernel let us hear
    Loop,       // known, and back from elsewhere: another relay runs in parallel
    Duplicate,  // known, and again from where it came from, sooner than anybody repeats himself
    Ttl,        // came with 1
    Rule,       // a rule drops it
    Rate,       // a rule's rate
    Standby,    // another relay carries it
    Storm,      // the breaker is open
    TooLarge,   // for the interface, and cannot be cut
    SendError,  // the kernel or device refused
};
inline constexpr std::size_t kForeignFateCount = 11;

// "forwarded", "echo", "loop", …
[[nodiscard]] std::string_view to_string(ForeignFate fate);

// Of one route and direction. What was received is the sum of all fates.
struct ForeignCounters {
    std::uint64_t fates[kForeignFateCount] = {};
    std::uint64_t forwarded_bytes = 0;
    std::uint64_t replies = 0;          // brought back
    std::uint64_t replies_dropped = 0;  // too late, too many, TTL, or not to be sent
    std::uint64_t no_port = 0;  // forwarded, but answers will not come back: no port to lend
    std::uint64_t storms = 0;   // that the breaker cut off
    // For want of room, before we saw them; of all ways from where they came, with the first.
    std::uint64_t kernel_drops = 0;

    [[nodiscard]] std::uint64_t operator[](ForeignFate fate) const {
        return fates[static_cast<std::size_t>(fate)];
    }
    [[nodiscard]] std::uint64_t received() const;
    ForeignCounters& operator+=(const ForeignCounters& other);
};

// One route and direction as it is now.
struct ForeignDirection {
    std::string from;
    std::string to;
    bool carries = true;  // false: another relay does
    StormBreaker::State breaker = StormBreaker::State::Closed;
    ForeignCounters counters;
};

struct ForeignStatus {
    std::string name;
    std::string destination;
    bool keeps_source = false;  // really, whatever was asked for
    std::vector<ForeignDirection> directions;
    ForeignCounters total;            // also of directions that are gone
    std::vector<std::string> faults;  // of interfaces where it does not work now, a sentence each
};

}  // namespace mcast::relay
