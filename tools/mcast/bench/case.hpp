#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "mcast/time.hpp"

namespace mcast::bench {

enum class Mode : std::uint8_t {
    Throughput,  // as fast as nothing is lost (a window of unacknowledged messages), or at a rate
    Latency,     // one way, at a fixed rate, counted from when a message was due
    RoundTrip,   // one message in flight, answered
    FanOut,      // throughput to several ends: what a message costs its publisher
    Loss,        // throughput while the receiving host drops datagrams at random
    Idle,        // a node that only discovers
};
enum class Path : std::uint8_t {
    RawSingle,     // a socket: sendto, recvfrom, one message a datagram
    RawPacked,     // as many messages as fit in each datagram: sendmmsg, recvmmsg
    RawSegmented,  // the same in runs of datagrams: UDP_SEGMENT, UDP_GRO
    RawCapnp,      // RawSegmented, each message built and read by Cap'n Proto where it lies
    RawRing,       // RawSegmented through a bare io_uring; in builds with liburing
    RawDpdk,       // RawPacked in bursts of frames through bare DPDK, on a backend's device
    Typed,         // libmcast: loan, build, publish; drain and read
    Ready,         // libmcast: ready-made messages, copied in; read as words
};
inline constexpr std::size_t kModeCount = 6;
inline constexpr std::size_t kPathCount = 8;

[[nodiscard]] std::string_view to_string(Mode mode);
[[nodiscard]] std::string_view to_string(Path path);
[[nodiscard]] std::optional<Path> parse_path(std::string_view text);
[[nodiscard]] inline bool is_raw(Path path) {
    return path < Path::Typed;
}

// The backend "socket" as where kernel or device refuse UDP_SEGMENT and UDP_GRO.
inline constexpr const char* kPlainSockets = "socket-plain";

inline constexpr std::size_t kHeaderSize = 64;      // of a datagram; raw ones have as much
inline constexpr std::size_t kDatagramSize = 1472;  // 1500 of Ethernet - 20 IPv4 - 8 UDP
inline constexpr std::size_t kMessageSizeMin = 64;  // a Quote
inline constexpr std::size_t kMessageSizeMax = 1u << 20;
inline constexpr std::size_t kWindowMax = 1u << 16;  // datagrams
// Of a message that needs no second datagram.
inline constexpr std::size_t kSingleSizeMax = kDatagramSize - kHeaderSize;

// One thing to measure; each round measures it once.
struct Case {
    Mode mode = Mode::Throughput;
    Path path = Path::Typed;
    std::string backend;                 // of libmcast's paths and RawDpdk, else empty
    std::size_t size = kMessageSizeMin;  // bytes of a message, framing included; a multiple of 8
    double rate = 0;                     // messages a second; 0: as fast as possible
    std::size_t batch = 0;               // messages between two polls; 0: two full runs
    std::size_t window = 0;              // datagrams unacknowledged; 0: send regardless
    bool spin = false;                   // both ends poll without ever sleeping
    bool express = false;
    bool latest = false;
    bool reliable = false;  // then libmcast itself keeps the window
    std::size_t subscribers = 1;
    double drop = 0;  // fraction of datagrams that the receiving host throws away

    // "typed/socket", "reliable/socket", "raw-segmented", "raw-dpdk:ring".
    [[nodiscard]] std::string path_name() const;
    // How many of these messages a datagram holds.
    [[nodiscard]] std::size_t messages_in_datagram() const;
    [[nodiscard]] std::size_t window_in_messages() const;
    // The share of datagrams whose loss is no fault of the path.
    [[nodiscard]] double excused_drop() const { return reliable ? 0 : drop; }
};

// "1s", warm-up and the like: common to all cases.
struct Timing {
    Duration duration = std::chrono::seconds(1);
    Duration warm_up = std::chrono::milliseconds(200);
};

// CLOCK_MONOTONIC, which all network namespaces of a machine share.
[[nodiscard]] Instant now();
// What to add to an Instant to get nanoseconds since 1970.
[[nodiscard]] Duration wall_offset();

}  // namespace mcast::bench
