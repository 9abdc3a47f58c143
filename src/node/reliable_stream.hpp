#pragma once

#include <cstdint>

#include "mcast/time.hpp"
#include "mcast/transport.hpp"
#include "protocol/receive_window.hpp"
#include "protocol/round_trip.hpp"
#include "wire/header.hpp"

namespace mcast::detail {

// A datagram of a reliable stream that waits for those before it.
struct HeldDatagram {
    wire::ParsedHeader parsed;
    Datagram datagram;
};

// What a reliable stream has beside others at its receiver.
//
//   joining ──heartbeat tells where to begin──► following ──peer down, nobody subscribes──► over
struct ReliableStream {
    explicit ReliableStream(std::size_t window_capacity) : window(window_capacity) {}

    std::uint32_t slot = 0;  // of its Stream
    bool joined = false;
    bool lagging = false;         // as the publisher says
    std::uint64_t token = 0;      // random: answers that bear it are answers to us
    std::uint64_t resume = 0;     // where we were when the stream ended before; 0: new
    bool was_told = false;        // then, that the publisher was gone
    std::uint64_t begin = 0;      // joined: the first datagram
    std::uint16_t skip = 0;       // messages of that one which are not for us
    std::uint16_t receivers = 1;  // that follow the stream, as the publisher says
    protocol::ReceiveWindow window;
    protocol::RoundTrip round_trip;
    bool has_parity = false;
    std::uint64_t parity_first = 0;  // of the newest block whose parity came, at …
    Instant parity_at{};
    Duration block_time{};    // from the parity of one block to that of the next, smoothed
    std::uint64_t probe = 0;  // a datagram that was asked for once, to measure the round trip
    Instant probed_at{};
    Instant answered_at{};  // the publisher's latest answer to us, or when we began to wait for one

    // Joining.
    std::uint64_t seen_first = 0;  // datagrams that have passed by; 0: none yet
    std::uint64_t seen_end = 0;
    unsigned join_count = 0;
    Instant join_at = kNever;

    Instant ask_at = kNever;          // when the first missing datagram is to be asked for
    std::uint64_t repaired_last = 0;  // the newest repair: those before it were looked through
    Instant report_at = kNever;
    Instant reported_at{};
    std::uint64_t reported_next = 0;
    std::uint64_t reported_limit = 0;
    WallTime echo{};    // the newest datagram that was no repair left then, …
    Instant echo_at{};  // … and came then

    std::uint64_t missed = 0;
    std::uint64_t lost = 0;
    std::uint64_t repaired = 0;
    std::uint64_t recovered = 0;
    std::uint64_t naks = 0;
};

}  // namespace mcast::detail
