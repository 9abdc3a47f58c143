#include "tools/mcast/histogram.hpp"

#include <gtest/gtest.h>

namespace mcast::cli {
namespace {

using namespace std::chrono_literals;

TEST(Histogram, IsEmptyAtFirst) {
    const Histogram histogram;
    EXPECT_EQ(histogram.count(), 0u);
    EXPECT_EQ(histogram.min(), Duration::zero());
    EXPECT_EQ(histogram.max(), Duration::zero());
    EXPECT_EQ(histogram.mean(), Duration::zero());
    EXPECT_EQ(histogram.quantile(0.5), Duration::zero());
    EXPECT_TRUE(histogram.buckets().empty());
    EXPECT_EQ(draw(histogram), "");
}

TEST(Histogram, QuantilesAreWithinOnePercent) {
    Histogram histogram;
    for (int i = 1; i <= 1000; ++i)
        histogram.add(i * 1us);
    EXPECT_EQ(histogram.count(), 1000u);
    EXPECT_EQ(histogram.min(), Duration(1us));
    EXPECT_EQ(histogram.max(), Duration(1ms));
    EXPECT_EQ(histogram.mean(), Duration(500'500ns));
    EXPECT_NEAR(static_cast<double>(histogram.quantile(0.5).count()), 500e3, 5e3);
    EXPECT_NEAR(static_cast<double>(histogram.quantile(0.99).count()), 990e3, 9.9e3);
    EXPECT_EQ(histogram.quantile(0), Duration(1us));
    EXPECT_EQ(histogram.quantile(1), Duration(1ms));
}

TEST(Histogram, IsTheSameWhenRebuiltFromItsSlots) {
    Histogram histogram;
    for (int i = 1; i < 100'000; i += 7)
        histogram.add(i * 1ns);
    Histogram rebuilt;
    for (const Histogram::Slot& slot : histogram.slots())
        rebuilt.add(slot.from, slot.count);
    rebuilt.widen(histogram.min(), histogram.max());
    EXPECT_EQ(rebuilt.count(), histogram.count());
    EXPECT_EQ(rebuilt.min(), histogram.min());
    EXPECT_EQ(rebuilt.max(), histogram.max());
    for (const double q : {0.01, 0.5, 0.9, 0.99, 0.999, 1.0}) {
        EXPECT_NEAR(static_cast<double>(rebuilt.quantile(q).count()),
                    static_cast<double>(histogram.quantile(q).count()),
                    0.01 * static_cast<double>(histogram.quantile(q).count()) + 1);
    }
}

TEST(Histogram, MergesAsIfItHadSeenBoth) {
    Histogram one;
    Histogram other;
    Histogram both;
    for (int i = 1; i <= 100; ++i) {
        (i % 3 == 0 ? one : other).add(i * 10us);
        both.add(i * 10us);
    }
    one.merge(other);
    one.merge(Histogram());
    EXPECT_EQ(one.count(), both.count());
    EXPECT_EQ(one.min(), both.min());
    EXPECT_EQ(one.max(), both.max());
    EXPECT_EQ(one.mean(), both.mean());
    EXPECT_EQ(one.quantile(0.5), both.quantile(0.5));
    Histogram empty;
    empty.merge(one);
    EXPECT_EQ(empty.quantile(0.9), both.quantile(0.9));
}

TEST(Histogram, BucketsAreOneTwoFive) {
    Histogram histogram;
    for (const Duration value : {Duration(1us), Duration(1999ns), Duration(2us), Duration(4999ns),
                                 Duration(5us), Duration(20us)}) {
        histogram.add(value);
    }
    const auto buckets = histogram.buckets();
    ASSERT_EQ(buckets.size(), 5u);
    const std::uint64_t counts[] = {2, 2, 1, 0, 1};
    const Duration edges[] = {1us, 2us, 5us, 10us, 20us, 50us};
    for (std::size_t i = 0; i < buckets.size(); ++i) {
        EXPECT_EQ(buckets[i].count, counts[i]) << i;
        EXPECT_EQ(buckets[i].from, edges[i]) << i;
        EXPECT_EQ(buckets[i].to, edges[i + 1]) << i;
    }
}

TEST(Histogram, CountsWhatIsBeyondItsEnds) {
    Histogram histogram;
    histogram.add(-5ms);
    histogram.add(0ns);
    histogram.add(2'000'000s);
    EXPECT_EQ(histogram.count(), 3u);
    EXPECT_EQ(histogram.min(), Duration(-5ms));
    EXPECT_EQ(histogram.max(), Duration(2'000'000s));
    std::uint64_t sum = 0;
    for (const auto& bucket : histogram.buckets())
        sum += bucket.count;
    EXPECT_EQ(sum, 3u);
}

TEST(Histogram, ClearForgetsAll) {
    Histogram histogram;
    histogram.add(1us);
    histogram.clear();
    EXPECT_EQ(histogram.count(), 0u);
    EXPECT_TRUE(histogram.buckets().empty());
    histogram.add(3us);
    EXPECT_EQ(histogram.min(), Duration(3us));
    EXPECT_EQ(histogram.mean(), Duration(3us));
}

TEST(Histogram, DrawsBarsInProportion) {
    Histogram histogram;
    for (int i = 0; i < 10; ++i)
        histogram.add(1us);
    histogram.add(6us);
    EXPECT_EQ(draw(histogram, 10),
              "   < 2.00 µs  ########## 10\n"
              "   < 5.00 µs  0\n"
              "   < 10.0 µs  # 1\n");
}

}  // namespace
}  // namespace mcast::cli
