#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tools/mcast/bench/ends.hpp"
#include "tools/mcast/bench/thread_time.hpp"
#include "tools/mcast/histogram.hpp"

namespace mcast::bench {

// What a receiving end says of a run.
struct EndResult {
    std::uint64_t received = 0;
    std::uint64_t repeated = 0;
    std::uint64_t corrupt = 0;
    std::uint64_t bytes = 0;
    std::uint64_t window_messages = 0;  // after the warm-up
    double window_seconds = 0;
    ThreadTime thread;
    Counters counters;
    cli::Histogram latencies;
};

// What the sending end says of it.
struct SenderResult {
    std::uint64_t sent = 0;
    std::uint64_t unanswered = 0;  // round trips given up
    std::uint64_t stalls = 0;      // times that a window was reopened since no answer came
    ThreadTime thread;
    Counters counters;
    cli::Histogram round_trips;
    cli::Histogram lateness;     // of sending, behind the time that a message was due
    std::uint64_t resident = 0;  // bytes; idle only
};

// One run of one case.
struct Round {
    // More than this share lost, and a throughput is that of a path that is overrun.
    static constexpr double kLostMax = 0.001;

    SenderResult sender;
    std::vector<EndResult> ends;

    // Messages that did not arrive, summed over the ends: sent by one, so many times over.
    [[nodiscard]] std::uint64_t lost() const;
    [[nodiscard]] double lost_share() const;
    // Of the slowest end, messages a second.
    [[nodiscard]] double rate() const;
    // CPU time of the sending thread for each message, nanoseconds.
    [[nodiscard]] double sender_cost() const;
    [[nodiscard]] double sender_user_cost() const;
    [[nodiscard]] double sender_share() const;   // of its core, 0–1
    [[nodiscard]] double receiver_cost() const;  // of the busiest end
    // Why it should not count, or empty. `drop`: what was meant to be lost.
    [[nodiscard]] std::string trouble(double drop) const;
};

}  // namespace mcast::bench
