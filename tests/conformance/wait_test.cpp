#include <gtest/gtest.h>

#include <thread>

#include "tests/conformance/conformance_test.hpp"

namespace mcast::conformance {

namespace {

using Waiting = ConformanceTest;

TEST_P(Waiting, NothingIsReceivedWithoutBlocking) {
    Station at = open(Place::There);
    const Instant before = at.clock().now();
    EXPECT_TRUE(receive_now(at).empty());
    EXPECT_LT(at.clock().now() - before, kPatience);
}

TEST_P(Waiting, EndsAtTheDeadline) {
    Station at = open(Place::There);
    const Instant deadline = at.clock().now() + std::chrono::milliseconds(3);
    // It may return early, but not without end.
    int returns = 0;
    while (at.clock().now() < deadline) {
        at.transport().wait(deadline);
        ASSERT_LT(++returns, 1000);
    }
    EXPECT_TRUE(receive_now(at).empty());
}

TEST_P(Waiting, ADeadlineInThePastDoesNotWait) {
    Station at = open(Place::There);
    const Instant before = at.clock().now();
    at.transport().wait(Instant{});
    EXPECT_LT(at.clock().now() - before, kPatience);
}

TEST_P(Waiting, EndsWithData) {
    Station from = open(Place::Here);
    Station at = open(Place::There, group(1));
    send(from, group(1), Way::Multicast, "data");
    const Instant deadline = at.clock().now() + kPatience;
    at.transport().wait(deadline);
    EXPECT_LT(at.clock().now(), deadline);
    EXPECT_EQ(texts(collect(at, 1)), std::vector<std::string>{"data"});
}

TEST_P(Waiting, EndsAtOnceWhileThereIsMoreToReceive) {
    Station from = open(Place::Here);
    Station at = open(Place::There, group(1));
    for (int i = 0; i < 3; ++i)
        send(from, group(1), Way::Multicast, std::to_string(i));
    for (int i = 0; i < 3; ++i) {
        const Instant deadline = at.clock().now() + kPatience;
        std::vector<Arrival> one;
        while (one.empty() && at.clock().now() < deadline) {
            at.transport().wait(deadline);
            one = receive_now(at, 1);
        }
        EXPECT_EQ(texts(one), std::vector<std::string>{std::to_string(i)});
    }
}

TEST_P(Waiting, AWakeEndsTheNextWaitAndOnlyThat) {
    Station at = open(Place::There);
    // From another thread, and several at once are one.
    std::thread([&at] {
        at.transport().wake();
        at.transport().wake();
    }).join();
    Instant deadline = at.clock().now() + kPatience;
    at.transport().wait(deadline);
    EXPECT_LT(at.clock().now(), deadline);

    deadline = at.clock().now() + std::chrono::milliseconds(3);
    int returns = 0;
    while (at.clock().now() < deadline) {
        at.transport().wait(deadline);
        ASSERT_LT(++returns, 1000);
    }
}

TEST_P(Waiting, AWakeBeforeReceiveIsNotLost) {
    Station at = open(Place::There);
    at.transport().wake();
    EXPECT_TRUE(receive_now(at).empty());
    const Instant deadline = at.clock().now() + kPatience;
    at.transport().wait(deadline);
    EXPECT_LT(at.clock().now(), deadline);
}

INSTANTIATE_TEST_SUITE_P(Worlds, Waiting, testing::ValuesIn(worlds()), world_name);

}  // namespace

}  // namespace mcast::conformance
