#include "relay/storm_breaker.hpp"

#include <gtest/gtest.h>

using namespace mcast;
using namespace mcast::relay;
using namespace std::chrono_literals;

using Answer = StormBreaker::Answer;
using State = StormBreaker::State;

namespace {

constexpr Instant kStart = Instant{} + 100s;

// So many within the time, evenly; how many passed.
int offer(StormBreaker& breaker, Instant from, Duration time, int count) {
    int passed = 0;
    for (int i = 0; i < count; ++i)
        passed += breaker.take(from + time * i / count) == Answer::Pass;
    return passed;
}

}  // namespace

TEST(StormBreaker, LetsTheRatePassForEver) {
    StormBreaker breaker(100, 5s);
    EXPECT_EQ(offer(breaker, kStart, 60s, 6000), 6000);
    EXPECT_EQ(breaker.state(), State::Closed);
    EXPECT_EQ(breaker.trips(), 0u);
    EXPECT_EQ(breaker.deadline(), kNever);
}

TEST(StormBreaker, ABurstOfHalfASecondPasses) {
    StormBreaker breaker(100, 5s);
    for (int i = 0; i < 50; ++i)
        ASSERT_EQ(breaker.take(kStart), Answer::Pass);
    EXPECT_EQ(breaker.take(kStart), Answer::Trip);
    EXPECT_EQ(breaker.take(kStart), Answer::Refuse);
    EXPECT_EQ(breaker.refused(), 2u);
    EXPECT_EQ(breaker.trips(), 1u);
}

TEST(StormBreaker, IsClosedAgainAfterTheTimeAndAQuietProbe) {
    StormBreaker breaker(100, 5s);
    offer(breaker, kStart, 1s, 10000);
    ASSERT_EQ(breaker.state(), State::Open);
    const Instant probing = breaker.deadline();
    EXPECT_EQ(breaker.take(probing - 1ns), Answer::Refuse);
    EXPECT_FALSE(breaker.on_deadline(probing - 1ns));
    EXPECT_FALSE(breaker.on_deadline(probing));
    EXPECT_EQ(breaker.state(), State::Probing);
    // A tenth of the rate at once half of it: a few pass, the rest is refused, none trips.
    EXPECT_EQ(offer(breaker, probing, 1s, 20), 5 + 9);
    EXPECT_EQ(breaker.deadline(), probing + StormBreaker::kProbe);
    EXPECT_TRUE(breaker.on_deadline(probing + StormBreaker::kProbe));
    EXPECT_EQ(breaker.state(), State::Closed);
    EXPECT_EQ(breaker.deadline(), kNever);
    EXPECT_GT(breaker.refused(), 9000u);  // still tells of the storm that is over
    EXPECT_EQ(offer(breaker, probing + 2s, 10s, 1000), 1000);
}

TEST(StormBreaker, AStormThatGoesOnKeepsItOpen) {
    StormBreaker breaker(100, 1s);
    Instant now = kStart;
    std::uint64_t passed = 0;
    for (; now < kStart + 60s; now += 100us) {
        passed += breaker.take(now) == Answer::Pass;
        breaker.on_deadline(now);
    }
    // 600,000 came; of each probe a burst of five and what follows until it trips.
    EXPECT_LT(passed, 50u + 60u * 10u);
    EXPECT_GT(breaker.trips(), 30u);
    EXPECT_NE(breaker.state(), State::Closed);
}

TEST(StormBreaker, WithoutARateItNeverTrips) {
    StormBreaker breaker(0, 5s);
    EXPECT_EQ(offer(breaker, kStart, 1ms, 10000), 10000);
}
