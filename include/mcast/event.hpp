#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "mcast/export.hpp"
#include "mcast/interface.hpp"
#include "mcast/options.hpp"
#include "mcast/peer.hpp"
#include "mcast/time.hpp"

namespace mcast {

enum class EventKind : std::uint8_t {
    PeerUp,            // found; once, however many interfaces it is heard on
    PeerSilent,        // not heard for a while; may come back
    PeerBack,          // heard again after PeerSilent
    PeerDown,          // gone: `text` says whether it left or timed out
    TopicChange,       // a peer publishes or subscribes to something else than before
    Gap,               // datagrams `first` to `last` of a stream are missing, see `cause`
    TypeMismatch,      // a peer uses the topic with another type; `text` names both sides
    DeliveryMismatch,  // a peer uses the topic with another delivery; `text` names both sides
    InterfaceUp,       // in use from now on
    InterfaceDown,     // no longer in use: gone, down, or without address
    InterfaceFailed,   // eligible but refused by the system: `text` says why; tried again
    Pong,              // a ping came back after `round_trip`
    Refused,           // a publisher or subscriber was not made: `text` says why
    Lagged,            // of a Reliable topic: a subscriber is too slow and no longer waited for;
                       // both sides are told, `text` says which is which
    CaughtUp,          // it is waited for again; on the publisher's side
};
inline constexpr std::size_t kEventKindCount = 15;

[[nodiscard]] MCAST_API std::string_view to_string(EventKind kind);  // "peer-up", …

// Why datagrams of a stream will not come.
enum class GapCause : std::uint8_t {
    Lost,        // best effort: on the way, nobody asks for them
    Expired,     // Reliable: not repaired within Reliability::deadline
    NotHeld,     // Reliable: the publisher no longer has them
    PeerGone,    // Reliable: the publisher is down
    Unanswered,  // Reliable: the publisher is up, but does not answer: is unicast blocked?
};
inline constexpr std::size_t kGapCauseCount = 5;

[[nodiscard]] MCAST_API std::string_view to_string(GapCause cause);  // "expired", …

// Something that happened. The views are valid inside the handler of drain_events().
struct Event {
    EventKind kind = EventKind::PeerUp;
    Instant at{};
    PeerId peer;
    std::string_view peer_name;
    std::string_view topic;
    InterfaceIndex interface;
    std::string_view interface_name;
    std::uint64_t first = 0;  // Gap: sequences, both missing
    std::uint64_t last = 0;
    GapCause cause = GapCause::Lost;
    Duration round_trip{};    // Pong
    std::uint64_t token = 0;  // Pong: what ping() returned
    std::string_view text;    // the rest, for people
};

// One sentence: "peer 'pad-1' (0123456789abcdef) is up on wlan0".
[[nodiscard]] MCAST_API std::string to_string(const Event& event);

}  // namespace mcast
