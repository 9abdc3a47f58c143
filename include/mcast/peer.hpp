#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mcast/address.hpp"
#include "mcast/export.hpp"
#include "mcast/interface.hpp"
#include "mcast/options.hpp"
#include "mcast/time.hpp"
#include "mcast/transport.hpp"

namespace mcast {

// One run of one node: 64 random bits drawn at open, so a restart is another peer. 0 is nobody.
struct PeerId {
    std::uint64_t value = 0;

    explicit constexpr operator bool() const { return value != 0; }
    friend constexpr auto operator<=>(const PeerId&, const PeerId&) = default;
};

[[nodiscard]] MCAST_API std::string to_string(PeerId id);  // 16 hex digits

// Unknown → Up on its first announcement, Up → Silent when it has not been heard for a while,
// Silent → Up when it is heard again, Silent → Down (forgotten) when it stays away; a bye goes
// to Down at once.
enum class PeerState : std::uint8_t { Unknown, Up, Silent, Down };

[[nodiscard]] MCAST_API std::string_view to_string(PeerState state);
[[nodiscard]] MCAST_API std::string_view to_string(Way way);
[[nodiscard]] MCAST_API std::string_view to_string(Delivery delivery);

// A way to a peer, as heard from it.
struct PeerPath {
    InterfaceIndex interface;
    Way way = Way::Multicast;
    Endpoint endpoint;    // the peer's unicast endpoint there
    bool active = false;  // what is sent to the peer goes this way now
    Instant heard_at{};
    std::uint8_t hops = 0;  // relays between; `endpoint` is then the last one's
};

// A topic as its peer announced it.
struct PeerTopic {
    std::string name;
    std::uint64_t type_id = 0;  // of the Cap'n Proto struct; 0: any
    Delivery delivery = Delivery::BestEffort;
    bool publishes = false;
    bool subscribes = false;
};

struct PeerInfo {
    PeerId id;
    std::string name;
    PeerState state = PeerState::Unknown;
    Instant up_since{};
    Instant heard_at{};
    Duration announce_interval{};
    Duration round_trip{};   // of the latest answered ping; 0: none yet
    bool is_static = false;  // one of NodeOptions::peers
    PeerId relay;            // the relay through which it is reached now; 0: none, or not known
    std::vector<PeerPath> paths;
    std::vector<PeerTopic> topics;
};

}  // namespace mcast
