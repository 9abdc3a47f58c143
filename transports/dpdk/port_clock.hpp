#pragma once

#include <cstdint>

#include "platform/steady_clock.hpp"

namespace mcast::dpdk {

// The kernel's clocks, and one that may be behind by some microseconds and costs a third of them:
// a spinning node looks at the time with every poll, for timers that count in milliseconds.
class PortClock {
public:
    PortClock();
    [[nodiscard]] Instant now() const { return steady_.now(); }
    [[nodiscard]] WallTime wall_now() const { return steady_.wall_now(); }
    [[nodiscard]] Instant recently();

private:
    platform::SteadyClock steady_;
    const std::uint64_t interval_;  // of the processor's counter, between two looks
    std::uint64_t looked_at_;
    Instant seen_{};
};

}  // namespace mcast::dpdk
