#include "platform/steady_clock.hpp"

#include <time.h>

#include <chrono>

namespace mcast::platform {
namespace {

Duration read(clockid_t clock) {
    timespec time{};
    // Cannot fail: both clocks are always there (clock_gettime(2)). 35 ns, by the vDSO.
    ::clock_gettime(clock, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace

// Monotonic rather than boot time: the timeouts of poll(2) and timerfd that nodes sleep with stand
// still in suspend as well, and peers do not all time out at once on waking up.
Instant SteadyClock::now() const {
    return Instant(read(CLOCK_MONOTONIC));
}

// The clock of the kernel's receive time stamps (SO_TIMESTAMPNS), so the two can be subtracted.
WallTime SteadyClock::wall_now() const {
    return WallTime(read(CLOCK_REALTIME));
}

}  // namespace mcast::platform
