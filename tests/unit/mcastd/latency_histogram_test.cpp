#include "relay/latency_histogram.hpp"

#include <gtest/gtest.h>

namespace mcast::relay {
namespace {

using std::chrono::microseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

TEST(LatencyHistogramTest, EachBucketEndsWhereTheNextBegins) {
    for (std::size_t i = 0; i + 1 < LatencyHistogram::kBucketCount; ++i) {
        LatencyHistogram histogram;
        histogram.add(LatencyHistogram::upper(i) - nanoseconds(1));
        histogram.add(LatencyHistogram::upper(i));
        EXPECT_EQ(histogram[i], 1u) << i;
        EXPECT_EQ(histogram[i + 1], 1u) << i;
        EXPECT_LT(LatencyHistogram::upper(i), LatencyHistogram::upper(i + 1));
    }
}

TEST(LatencyHistogramTest, ABucketIsAtMostAQuarterOfItsValueWide) {
    for (std::size_t i = 1; i + 2 < LatencyHistogram::kBucketCount; ++i) {
        const Duration lower = LatencyHistogram::upper(i - 1);
        EXPECT_LE((LatencyHistogram::upper(i) - lower) * 4, lower) << i;
    }
}

TEST(LatencyHistogramTest, QuantilesAreTheUpperEndsOfTheirBuckets) {
    LatencyHistogram histogram;
    EXPECT_EQ(histogram.quantile(0.5), Duration::zero());
    histogram.add(microseconds(10), 98);
    histogram.add(microseconds(100), 2);
    EXPECT_EQ(histogram.count(), 100u);
    EXPECT_EQ(histogram.sum(), microseconds(98 * 10 + 200));
    EXPECT_EQ(histogram.quantile(0.5), nanoseconds(10240));
    EXPECT_EQ(histogram.quantile(0.99), nanoseconds(114688));
}

TEST(LatencyHistogramTest, WhatIsBeyondItsEndsIsCountedAtItsEnds) {
    LatencyHistogram histogram;
    histogram.add(nanoseconds(-5));
    histogram.add(nanoseconds(0));
    histogram.add(seconds(100));
    EXPECT_EQ(histogram[0], 2u);
    EXPECT_EQ(histogram[LatencyHistogram::kBucketCount - 1], 1u);
    EXPECT_EQ(histogram.quantile(1), Duration::max());
}

TEST(LatencyHistogramTest, MergingAddsUp) {
    LatencyHistogram a, b;
    a.add(microseconds(5));
    b.add(microseconds(5));
    b.add(microseconds(7));
    a.merge(b);
    EXPECT_EQ(a.count(), 3u);
    EXPECT_EQ(a.sum(), microseconds(17));
}

}  // namespace
}  // namespace mcast::relay
