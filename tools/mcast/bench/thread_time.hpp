#pragma once

#include <optional>

#include "mcast/result.hpp"
#include "mcast/time.hpp"

namespace mcast::bench {

// What a thread had of its CPU.
struct ThreadTime {
    Duration wall{};
    Duration user{};
    Duration system{};
    Duration waited{};  // ready to run while others ran there

    // Beyond this share of waiting a run says more about its neighbours than about itself.
    static constexpr double kWaitedMax = 0.06;
    [[nodiscard]] double waited_share() const;
    [[nodiscard]] bool disturbed() const { return waited_share() > kWaitedMax; }
    [[nodiscard]] ThreadTime operator-(const ThreadTime& earlier) const;
};

// Of the calling thread, since it began.
[[nodiscard]] ThreadTime thread_time();

// Keeps the calling thread on one core; fails if it may not run there.
Result<void> pin_to(int core);
// Cores that this process may run on, in order.
[[nodiscard]] int core_count();
// The core of this position among them.
[[nodiscard]] int core_at(int position);

// Timers of the calling thread fire when they are due instead of up to 50 µs later (prctl(2),
// PR_SET_TIMERSLACK), so that sleeping is not charged with what a system's default adds.
void sharpen_timers();

}  // namespace mcast::bench
