#pragma once

#include <chrono>

namespace mcast {

using Duration = std::chrono::nanoseconds;

// Names the time line of Instant: a monotonic clock of one host. It has no now(): only a Clock
// tells the time, so that a simulation can.
struct MonotonicTimeline {
    using rep = Duration::rep;
    using period = Duration::period;
    using duration = Duration;
    using time_point = std::chrono::time_point<MonotonicTimeline, Duration>;
    static constexpr bool is_steady = true;
};

// When something happens on this host; never goes back. Timers and deadlines are Instants.
using Instant = MonotonicTimeline::time_point;

inline constexpr Instant kNever = Instant::max();

// What a wall clock shows: nanoseconds since 1970-01-01 UTC. Comparable between hosts as far as
// their clocks agree (the same machine, PTP, NTP). Send and receive times are WallTimes.
using WallTime = std::chrono::time_point<std::chrono::system_clock, Duration>;

// The only source of time. Not thread-safe beyond what an implementation says.
class Clock {
public:
    Clock() = default;
    Clock(const Clock&) = delete;
    Clock& operator=(const Clock&) = delete;
    virtual ~Clock() = default;

    [[nodiscard]] virtual Instant now() const = 0;
    [[nodiscard]] virtual WallTime wall_now() const = 0;
};

}  // namespace mcast
