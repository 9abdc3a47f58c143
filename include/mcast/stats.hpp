#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mcast/address.hpp"
#include "mcast/export.hpp"
#include "mcast/interface.hpp"
#include "mcast/transport.hpp"

namespace mcast {

// Why a datagram, or a message in it, went no further. Each is counted where it happens.
enum class DropCause : std::uint8_t {
    Foreign,           // not ours: other magic, too short, not a Cap'n Proto header
    OtherVersion,      // ours, of a version this library does not know
    OtherDomain,       // ours, for another domain on the same group
    Own,               // our own, come back
    MalformedHeader,   // our magic, but fields that contradict each other
    MalformedControl,  // a control message that does not decode or breaks a limit
    MalformedMessage,  // a segment table beyond the datagram, or a getter that found nonsense
    UnknownKind,       // a newer kind of datagram
    UnknownPeer,       // data of a peer whose announcement has not arrived yet
    NotSubscribed,     // a topic that nobody here subscribes to
    Duplicate,         // arrived before
    Late,              // older than what was delivered
    Implausible,       // a sequence absurdly far off; accepted once a second one confirms it
    Stale,             // overtaken by a newer one of a Latest stream
    QueueFull,         // a subscriber that does not drain
    NoBuffer,          // too many receive buffers held
    Fragment,          // of a large message that never became complete
    TooLarge,          // a message beyond message_size_max
    PeerLimit,         // beyond peers_max
    StreamLimit,       // beyond streams_max
    TopicLimit,        // announced topics beyond topics_per_peer_max
    RateLimit,         // asked more often than answered
};
inline constexpr std::size_t kDropCauseCount = 22;

[[nodiscard]] MCAST_API std::string_view to_string(DropCause cause);  // "other-domain", …

class DropCounters {
public:
    void add(DropCause cause, std::uint64_t count = 1) {
        counts_[static_cast<std::size_t>(cause)] += count;
    }
    [[nodiscard]] std::uint64_t operator[](DropCause cause) const {
        return counts_[static_cast<std::size_t>(cause)];
    }

private:
    std::array<std::uint64_t, kDropCauseCount> counts_{};
};

// Counters of a node since it was opened. Datagrams unless a name says otherwise.
struct NodeStats {
    std::uint64_t sent = 0;  // handed to the transport, once for each target
    std::uint64_t sent_bytes = 0;
    std::uint64_t received = 0;
    std::uint64_t received_bytes = 0;
    std::uint64_t announcements_sent = 0;
    std::uint64_t kernel_dropped = 0;  // by kernel or device for want of space; a run counts once
    std::uint64_t payload_copies = 0;  // messages copied: the sum over all topics
    std::uint64_t events_dropped = 0;  // more than events_max waited
    DropCounters dropped;
};

struct PublisherStats {
    std::uint64_t published = 0;        // messages
    std::uint64_t published_bytes = 0;  // framing included
    std::uint64_t datagrams = 0;
    std::uint64_t unheard = 0;         // messages published while nobody listened; not sent
    std::uint64_t conflated = 0;       // messages of a Latest topic, overtaken before they left
    std::uint64_t refused = 0;         // loans refused because all transmit buffers are in flight
    std::uint64_t too_large = 0;       // messages beyond message_size_max; not sent
    std::uint64_t malformed = 0;       // raw messages that were no Cap'n Proto stream; not sent
    std::uint64_t fragmented = 0;      // messages larger than a datagram
    std::uint64_t payload_copies = 0;  // messages copied since they outgrew their datagram
    std::uint64_t target_limit = 0;    // datagrams not sent to a peer beyond targets_max
    std::uint64_t send_dropped = 0;    // messages lost since the device stayed busy
};

struct SubscriberStats {
    std::uint64_t delivered = 0;  // messages
    std::uint64_t delivered_bytes = 0;
    std::uint64_t datagrams = 0;       // taken into the queue
    std::uint64_t lost = 0;            // datagrams missing from the sequence: sum of Gap events
    std::uint64_t reassembled = 0;     // messages larger than a datagram
    std::uint64_t payload_copies = 0;  // messages copied, since they were reassembled
    DropCounters dropped;              // of this subscriber's streams
};

// An interface as a node sees it.
struct InterfaceStatus {
    Interface interface;
    Eligibility eligibility;
    bool attached = false;            // in use now
    std::string problem;              // why an eligible one is not in use; empty if it is
    std::vector<Endpoint> groups;     // joined on it
    std::vector<Endpoint> endpoints;  // where unicast arrives
    TransportCounters counters;
};

}  // namespace mcast
