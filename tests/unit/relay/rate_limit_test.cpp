#include "relay/rate_limit.hpp"

#include <gtest/gtest.h>

namespace mcast::relay {
namespace {

int passed(RateLimit& limit, Instant& now, int asked, Duration step) {
    int count = 0;
    for (int i = 0; i < asked; ++i, now += step)
        count += limit.take(now);
    return count;
}

TEST(RateLimit, LetsTheBurstPassAndThenTheRate) {
    Instant now{std::chrono::hours(1)};
    RateLimit limit(1000, 100);
    EXPECT_EQ(passed(limit, now, 500, Duration::zero()), 100);
    now += std::chrono::milliseconds(50);
    EXPECT_EQ(passed(limit, now, 500, Duration::zero()), 50);
    // Ten times too many for a second.
    EXPECT_NEAR(passed(limit, now, 10'000, std::chrono::microseconds(100)), 1000, 1);
}

TEST(RateLimit, HasABurstOfATenthIfNobodySays) {
    Instant now{std::chrono::hours(1)};
    RateLimit thousand(1000, 0);
    EXPECT_EQ(passed(thousand, now, 500, Duration::zero()), 100);
    RateLimit one(1, 0);
    EXPECT_EQ(passed(one, now, 10, Duration::zero()), 1);
    now += std::chrono::seconds(1);
    EXPECT_EQ(passed(one, now, 10, Duration::zero()), 1);
}

TEST(RateLimit, KeepsTheHighestRateWithinAPercent) {
    Instant now{std::chrono::hours(1)};
    RateLimit limit(RateLimit::kRateMax, 1);
    EXPECT_NEAR(passed(limit, now, 1'000'000, std::chrono::nanoseconds(10)), 100'000, 1000);
}

}  // namespace
}  // namespace mcast::relay
