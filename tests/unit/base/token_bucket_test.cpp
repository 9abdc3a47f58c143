#include "base/token_bucket.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "base/random.hpp"

namespace mcast {
namespace {

struct Step {
    std::int64_t at;
    bool expected;
};

void run(TokenBucket bucket, const std::vector<Step>& steps) {
    for (std::size_t i = 0; i < steps.size(); ++i)
        EXPECT_EQ(bucket.take(steps[i].at), steps[i].expected) << "step " << i;
}

TEST(TokenBucket, LetsABurstPassAndThenOneEveryInterval) {
    run(TokenBucket(3, 10), {{1000, true},
                             {1000, true},
                             {1000, true},
                             {1000, false},
                             {1009, false},
                             {1010, true},
                             {1010, false},
                             {1025, true},
                             {1029, false},
                             {1030, true}});
}

TEST(TokenBucket, SavesUpNoMoreThanABurst) {
    run(TokenBucket(2, 10),
        {{0, true}, {1'000'000, true}, {1'000'000, true}, {1'000'000, false}, {1'000'010, true}});
}

TEST(TokenBucket, ABurstOfOneIsAPlainInterval) {
    run(TokenBucket(1, 10), {{5, true}, {14, false}, {15, true}, {24, false}, {25, true}});
}

TEST(TokenBucket, RefusalsCostNothing) {
    run(TokenBucket(1, 10), {{0, true}, {1, false}, {2, false}, {9, false}, {10, true}});
}

TEST(TokenBucket, SaysWhenItIsReady) {
    TokenBucket bucket(2, 10);
    EXPECT_LE(bucket.ready_at(), 0);
    bucket.take(100);
    EXPECT_LE(bucket.ready_at(), 100);
    bucket.take(100);
    EXPECT_EQ(bucket.ready_at(), 110);
}

TEST(TokenBucket, ASmallerBurstHoldsAtOnce) {
    TokenBucket bucket(16, 10);
    EXPECT_TRUE(bucket.take(1000));
    bucket.configure(1, 100);
    EXPECT_TRUE(bucket.take(1000));
    EXPECT_FALSE(bucket.take(1099));
    EXPECT_TRUE(bucket.take(1100));
}

TEST(TokenBucket, NeverPassesMoreThanItsRate) {
    Random random(7);
    TokenBucket bucket(4, 50);
    std::vector<std::int64_t> passed;
    for (std::int64_t now = 0; now < 100'000; now += static_cast<std::int64_t>(random.below(40)))
        if (bucket.take(now)) passed.push_back(now);
    // In any stretch of time: the burst, and one for each whole interval.
    for (std::size_t i = 0; i < passed.size(); ++i)
        for (std::size_t k = i; k < passed.size() && k < i + 40; ++k)
            ASSERT_LE(static_cast<std::int64_t>(k - i + 1), 4 + (passed[k] - passed[i]) / 50);
    EXPECT_GT(passed.size(), 100'000u / 50 - 10);
}

}  // namespace
}  // namespace mcast
