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
#include "mcast/options.hpp"
#include "mcast/peer.hpp"
#include "mcast/time.hpp"
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
    Implausible,       // a sequence far off; accepted once a second one or its publisher says so
    Stale,             // overtaken by a newer one of a Latest stream
    QueueFull,         // a subscriber that does not drain
    NoBuffer,          // too many receive buffers held
    Fragment,          // of a large message that never became complete
    TooLarge,          // a message beyond message_size_max
    PeerLimit,         // beyond peers_max
    StreamLimit,       // beyond streams_max
    TopicLimit,        // announced topics beyond topics_per_peer_max
    RateLimit,         // asked more often than answered
    Postponed,         // of a Reliable stream, when there is no room for it: it is asked for again
    Spoofed,           // a bye, or control of a Reliable stream, from an address that has no right
};
inline constexpr std::size_t kDropCauseCount = 24;

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
    std::uint64_t refused = 0;         // loans refused: all transmit buffers are in flight, or held
    std::uint64_t too_large = 0;       // messages beyond message_size_max; not sent
    std::uint64_t malformed = 0;       // raw messages that were no Cap'n Proto stream; not sent
    std::uint64_t fragmented = 0;      // messages larger than a datagram
    std::uint64_t payload_copies = 0;  // messages copied since they outgrew their datagram
    std::uint64_t target_limit = 0;    // datagrams not sent to a peer beyond targets_max
    std::uint64_t send_dropped = 0;    // messages lost since the device stayed busy
    // Reliable topics.
    std::uint64_t held_back = 0;   // loans refused: the slowest subscriber has to take more first
    std::uint64_t paced = 0;       // loans refused: subscribers' kernels dropped what came faster
    std::uint64_t repairs = 0;     // datagrams sent again, once for each target
    std::uint64_t parity = 0;      // datagrams of parity
    std::uint64_t naks = 0;        // requests for repair that came
    std::uint64_t not_held = 0;    // datagrams asked for that are no longer held
    std::uint64_t heartbeats = 0;  // sent, once for each target
};

struct SubscriberStats {
    std::uint64_t delivered = 0;  // messages
    std::uint64_t delivered_bytes = 0;
    std::uint64_t datagrams = 0;       // taken into the queue
    std::uint64_t lost = 0;            // datagrams missing from the sequence: sum of Gap events
    std::uint64_t reassembled = 0;     // messages larger than a datagram
    std::uint64_t payload_copies = 0;  // messages copied, since they were reassembled
    DropCounters dropped;              // of this subscriber's streams
    // Reliable topics, of streams that this subscriber takes part in.
    std::uint64_t repaired = 0;   // datagrams that were missing and came
    std::uint64_t recovered = 0;  // datagrams that were computed from parity
    std::uint64_t naks = 0;       // requests for repair that were sent
};

// Why datagrams of a stream did not reach its subscribers.
enum class StreamLoss : std::uint8_t {
    Kernel,   // dropped by this host's kernel or device for want of space
    Network,  // never arrived, and this host did not drop it
    Late,     // best effort: arrived behind newer ones
    Expired,  // Reliable: the four causes of GapCause
    NotHeld,
    PeerGone,
    Unanswered,
    Stale,      // Latest: overtaken by a newer one
    QueueFull,  // a subscriber that does not drain
    NoBuffer,   // too many receive buffers held
    Fragment,   // of a large message that never became complete
    Malformed,  // not a datagram that can be read
    Unknown,    // everything else
};
inline constexpr std::size_t kStreamLossCount = 13;

[[nodiscard]] MCAST_API std::string_view to_string(StreamLoss loss);  // "kernel", …

// The ledger of one stream that is received here, in datagrams. Exact at any time:
// newest - first + 1 = delivered + waiting + missing + the sum of lost.
struct StreamInfo {
    PeerId publisher;
    std::string peer_name;
    std::string topic;
    Delivery delivery = Delivery::BestEffort;  // as it is received here
    std::uint64_t first = 0;                   // sequences: where it began for us; 0: not known yet
    std::uint64_t newest = 0;                  // and the newest that we know of
    std::uint64_t delivered = 0;  // to the queue of a subscriber, or into a large message
    std::uint64_t waiting = 0;    // arrived, behind missing ones
    std::uint64_t missing = 0;    // not here, and asked for
    std::array<std::uint64_t, kStreamLossCount> lost{};
    // Beside the account: copies.
    std::uint64_t duplicates = 0;
    std::uint64_t repaired = 0;   // of delivered and waiting: those that came as repair
    std::uint64_t recovered = 0;  // … and those computed from parity
    std::uint64_t naks = 0;
    Duration round_trip{};  // to the publisher and back by a repair, smoothed; 0: not measured yet

    [[nodiscard]] std::uint64_t lost_count() const {
        std::uint64_t sum = 0;
        for (const std::uint64_t count : lost)
            sum += count;
        return sum;
    }
};

// A subscriber of a Reliable topic as its publisher sees it, from its latest report. Exact:
// newest() of the publisher - first + 1 = acknowledged - first + 1 + outstanding, and of those up
// to acknowledged `lost` were given up there.
struct ReceiverInfo {
    PeerId peer;
    std::string peer_name;
    std::uint64_t first = 0;         // the first datagram that it is to have
    std::uint64_t acknowledged = 0;  // it has all from first to this one, or gave them up
    std::uint64_t outstanding = 0;   // datagrams beyond that
    std::uint64_t missed = 0;        // datagrams that it had to ask for
    std::uint64_t lost = 0;          // datagrams that it gave up, with a Gap event
    std::uint64_t overruns = 0;      // what its kernel dropped, all topics together
    Duration round_trip{};           // smoothed; 0: not measured yet
    bool lagging = false;            // not waited for
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
