#include "base/random.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <vector>

namespace mcast {
namespace {

using namespace std::chrono_literals;

TEST(Random, SplitMixHasThePublishedValues) {
    // The first outputs of Vigna's splitmix64.c for the seed 0.
    EXPECT_EQ(split_mix(0), 0xe220a8397b1dcdafu);
    EXPECT_EQ(split_mix(kSplitMixStep), 0x6e789e6aa1b965f4u);
}

TEST(Random, IsTheSameEverywhere) {
    // What xoshiro256** gives for the seed 42 when SplitMix64 fills its state, as its authors
    // recommend. Seeds of worlds are worth nothing once these change.
    Random random(42);
    const std::array<std::uint64_t, 4> first{random.next(), random.next(), random.next(),
                                             random.next()};
    Random again(42);
    for (const std::uint64_t number : first)
        EXPECT_EQ(again.next(), number);
    EXPECT_EQ(first[0], 1546998764402558742u);
    EXPECT_EQ(first[1], 6990951692964543102u);
    EXPECT_NE(Random(43).next(), first[0]);
}

TEST(Random, BelowIsUniformAndNeverReachesItsLimit) {
    Random random(1);
    std::array<int, 6> counts{};
    for (int i = 0; i < 60000; ++i)
        ++counts.at(random.below(counts.size()));
    for (const int count : counts)
        EXPECT_NEAR(count, 10000, 400);
    EXPECT_EQ(random.below(0), 0u);
    EXPECT_EQ(random.below(1), 0u);
    // A limit for which a plain remainder would favour the lower half two to one.
    const std::uint64_t limit = 3ull << 62;
    int low = 0;
    for (int i = 0; i < 10000; ++i)
        low += random.below(limit) < limit / 3;
    EXPECT_NEAR(low, 3333, 250);
}

TEST(Random, BetweenIncludesBothEnds) {
    Random random(2);
    std::vector<std::uint64_t> seen;
    for (int i = 0; i < 200; ++i)
        seen.push_back(random.between(7, 9));
    EXPECT_EQ(*std::min_element(seen.begin(), seen.end()), 7u);
    EXPECT_EQ(*std::max_element(seen.begin(), seen.end()), 9u);
    EXPECT_EQ(random.between(5, 5), 5u);
    // All 64 bits: the width does not fit.
    EXPECT_NE(random.between(0, ~0ull), random.between(0, ~0ull));
}

TEST(Random, ChanceIsAsOftenAsItsProbability) {
    Random random(3);
    int hits = 0;
    for (int i = 0; i < 10000; ++i) {
        hits += random.chance(0.3);
        EXPECT_FALSE(random.chance(0));
        EXPECT_TRUE(random.chance(1));
    }
    EXPECT_NEAR(hits, 3000, 200);
}

TEST(Random, DurationsLieInTheirRange) {
    Random random(4);
    for (int i = 0; i < 1000; ++i) {
        const auto drawn = random.duration(10ms, 20ms);
        EXPECT_GE(drawn, 10ms);
        EXPECT_LE(drawn, 20ms);
    }
    EXPECT_EQ(random.duration(5ms, 5ms), 5ms);
    EXPECT_EQ(random.duration(5ms, 1ms), 5ms);
}

TEST(Random, ForksAreUnrelated) {
    Random random(5);
    Random fork = random.fork();
    EXPECT_NE(fork.next(), random.next());
}

}  // namespace
}  // namespace mcast
