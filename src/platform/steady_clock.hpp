#pragma once

#include "mcast/time.hpp"

namespace mcast::platform {

// The kernel's clocks. Instants count from boot and do not jump when somebody sets the time; they
// stand still while the machine sleeps. WallTimes follow NTP or PTP. Usable on any thread.
class SteadyClock final : public Clock {
public:
    [[nodiscard]] Instant now() const override;
    [[nodiscard]] WallTime wall_now() const override;
};

}  // namespace mcast::platform
