// How long a wait looks, awake, before it sleeps: by a clock that goes on with each look.

#include <gtest/gtest.h>

#include <chrono>

#include "tests/conformance/conformance_test.hpp"
#include "tests/conformance/socket_world.hpp"

namespace mcast::conformance {

namespace {

struct SteppingClock final : Clock {
    [[nodiscard]] Instant now() const override { return time += std::chrono::milliseconds(100); }
    [[nodiscard]] WallTime wall_now() const override { return {}; }

    mutable Instant time{};
};

TEST(BusyPoll, WhatIsLookedForAwakeIsNotSleptAsWell) {
    const auto world = loopback_world();
    const SteppingClock clock;
    socket::Options options = world->options();
    options.busy_poll = kPatience;
    const auto transport = make_kernel_transport(options, clock).value();
    const auto begun = std::chrono::steady_clock::now();
    transport->wait(clock.now() + kPatience);
    EXPECT_LT(std::chrono::steady_clock::now() - begun, kPatience / 2);
}

}  // namespace

}  // namespace mcast::conformance
