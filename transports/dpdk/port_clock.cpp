#include "transports/dpdk/port_clock.hpp"

#include <rte_cycles.h>

namespace mcast::dpdk {

namespace {

constexpr std::uint64_t kLooksPerSecond = 100'000;  // every 10 µs at most

}  // namespace

PortClock::PortClock()
    : interval_(rte_get_tsc_hz() / kLooksPerSecond), looked_at_(rte_get_tsc_cycles() - interval_) {}

Instant PortClock::recently() {
    const std::uint64_t cycles = rte_get_tsc_cycles();
    // A counter that is behind, on another core, is far ahead for an unsigned difference.
    if (cycles - looked_at_ >= interval_) {
        looked_at_ = cycles;
        seen_ = now();
    }
    return seen_;
}

}  // namespace mcast::dpdk
