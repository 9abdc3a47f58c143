#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "mcast/log.hpp"
#include "mcast/time.hpp"

namespace mcast {

// Conventions of all nodes, so that they meet without configuration.
inline constexpr std::uint16_t kPort = 7400;              // multicast and broadcast
inline constexpr std::uint16_t kUnicastPortFirst = 7401;  // unicast: this one, or the next free

enum class Delivery : std::uint8_t {
    BestEffort,  // in order per stream; late and duplicate datagrams are dropped and counted
    Latest,      // only the newest of a stream matters; what it overtakes is skipped and counted
    Reliable,    // in order, each once: what is missing is asked for again; see Reliability
};

// What a publisher of a Reliable topic does when a subscriber takes less than it publishes.
enum class FlowControl : std::uint8_t {
    Slowest,  // waits for the slowest subscriber that is up, see Reliability::patience
    None,     // goes on: who stays behind by more than is held gets a Gap event
};

// Parity datagrams (Reed-Solomon) from which missing ones are computed without asking: after each
// `data` datagrams of a stream, `parity` more. For networks that lose much, such as Wi-Fi.
struct Parity {
    std::uint8_t data = 0;    // 1 to 64
    std::uint8_t parity = 0;  // 1 to 16; 0: none are sent

    friend bool operator==(const Parity&, const Parity&) = default;
};

// Of Reliable topics: how hard to try. The first half is the publisher's, the last the
// subscriber's.
struct Reliability {
    FlowControl flow = FlowControl::Slowest;
    // Slowest: who has held the others back for this long is told so (EventKind::Lagged) and no
    // longer waited for until it has caught up; Duration::max(): never.
    Duration patience = std::chrono::seconds(1);
    // Datagrams that are kept to be sent again, and so how many may be unacknowledged. Fewer where
    // the transport has few transmit buffers: all publishers together hold three quarters of them.
    std::uint32_t window = 1024;
    Parity parity{};
    // How long a missing datagram may hold back those behind it; then it is skipped, with a Gap
    // event. Of several subscribers of a node the shortest counts. Duration::max(): no limit.
    Duration deadline = Duration::max();
};

// How a topic is published or subscribed to.
struct Qos {
    Delivery delivery = Delivery::BestEffort;
    // A published message leaves at once instead of with the next poll(): latency for throughput.
    bool express = false;
    // Datagrams that wait for drain(); when full, the oldest is dropped and counted. As many as one
    // poll() takes in.
    std::uint32_t queue_capacity = 1024;
    // Messages that are kept for peers which subscribe later: of a Reliable topic the last so many
    // (as far as its window holds them), of a Latest one the newest if this is not 0.
    std::uint32_t history = 0;
    Reliability reliability{};
};

// Memory is taken at open(), for these many. Going beyond one of them drops and counts; nothing
// grows with what the network sends.
struct Limits {
    std::uint32_t peers_max = 256;
    std::uint32_t topics_per_peer_max = 64;     // announced by one peer
    std::uint32_t topics_max = 64;              // published plus subscribed here
    std::uint32_t streams_max = 1024;           // topics of peers that are received here
    std::uint32_t targets_max = 128;            // places that one topic is sent to
    std::uint32_t events_max = 256;             // waiting for drain_events()
    std::uint32_t message_size_max = 1u << 20;  // bytes of one message, framing included
    std::uint32_t reassemblies_max = 4;         // large messages under reassembly at a time
    std::uint32_t reliable_streams_max = 64;    // of streams_max: Reliable ones
    std::uint32_t reorder_max =
        4096;  // datagrams of Reliable streams that wait behind missing ones
};

// The {} keep -Wmissing-field-initializers quiet where some members are designated.
struct NodeOptions {
    std::string domain = "default";  // who may hear whom; 1–255 bytes
    std::string name{};              // for people; default: host name and process id
    // Which interfaces; see InterfaceSelection. Empty: its default.
    std::vector<std::string> interfaces{};
    // Peers that are reached by unicast beside discovery: "10.0.0.5", "10.0.0.5:7401",
    // "[fe80::1]:7401". Without a port the first kStaticPeerPorts unicast ports are tried.
    std::vector<std::string> peers{};
    // Of the default host; another Host brings its own.
    std::uint16_t port = kPort;
    std::uint16_t unicast_port = 0;  // 0: the first free from kUnicastPortFirst on
    bool ipv4 = true;
    bool ipv6 = true;
    // Announce by broadcast as well, so that peers behind a filter for multicast are found.
    bool broadcast = true;
    // Between two announcements while there are few peers; longer with many. 100 ms or more.
    Duration announce_interval = std::chrono::seconds(1);
    Limits limits{};
    // Default: warnings and errors to standard error.
    Log log{};
};

}  // namespace mcast
