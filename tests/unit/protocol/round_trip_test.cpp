#include <chrono>

#include <gtest/gtest.h>

#include "protocol/round_trip.hpp"

namespace mcast::protocol {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

constexpr WallTime kNow{hours(24 * 365 * 56)};

TEST(RoundTrip, IsSmoothedAndSetsTheTimeout) {
    RoundTrip measured;
    EXPECT_EQ(measured.timeout(), kRetryInitial);
    measured.on_sample(milliseconds(8));
    EXPECT_EQ(measured.smoothed(), milliseconds(8));
    EXPECT_EQ(measured.timeout(), milliseconds(24));
    measured.on_sample(milliseconds(16));
    EXPECT_EQ(measured.smoothed(), milliseconds(9));
    EXPECT_EQ(measured.timeout(), milliseconds(29));
}

TEST(RoundTrip, LeavesOutWhatNoLanTakes) {
    RoundTrip measured;
    for (const Duration sample : {Duration::min(), Duration(-1), Duration(0),
                                  kRoundTripMax + Duration(1), Duration::max()}) {
        measured.on_sample(sample);
        EXPECT_EQ(measured.smoothed(), Duration::zero()) << sample.count();
    }
    measured.on_sample(kRoundTripMax);
    EXPECT_EQ(measured.smoothed(), kRoundTripMax);
}

TEST(RoundTrip, OfAnEchoIsWithoutTheTimeItWasKept) {
    EXPECT_EQ(echoed_round_trip(kNow, kNow - milliseconds(5), milliseconds(3)), milliseconds(2));
    EXPECT_EQ(echoed_round_trip(kNow, kNow, Duration::zero()), Duration::zero());
}

TEST(RoundTrip, OfAnEchoThatCannotBeIsNone) {
    for (const WallTime echo :
         {WallTime::min(), WallTime(Duration(-9)), WallTime{}, kNow + Duration(1), WallTime::max()})
        EXPECT_EQ(echoed_round_trip(kNow, echo, Duration::zero()), Duration::zero())
            << echo.time_since_epoch().count();
    for (const Duration kept : {Duration(milliseconds(6)), Duration::max()})
        EXPECT_EQ(echoed_round_trip(kNow, kNow - milliseconds(5), kept), Duration::zero());
}

}  // namespace
}  // namespace mcast::protocol
