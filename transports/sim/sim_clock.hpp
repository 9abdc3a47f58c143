#pragma once

#include "mcast/time.hpp"
#include "transports/sim/lan_state.hpp"

namespace mcast::sim {

// The Lan's virtual time. All hosts of a Lan agree on it, on the wall as well.
class SimClock final : public Clock {
public:
    explicit SimClock(const Lan::State& lan) : lan_(lan) {}

    [[nodiscard]] Instant now() const override { return lan_.now; }
    [[nodiscard]] WallTime wall_now() const override { return lan_.wall_now(); }

private:
    const Lan::State& lan_;
};

}  // namespace mcast::sim
