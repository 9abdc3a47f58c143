#include "tools/mcastd/moment.hpp"

#include <gtest/gtest.h>

namespace mcastd {
namespace {

using namespace std::chrono_literals;

TEST(MomentTest, UtcHasMilliseconds) {
    EXPECT_EQ(utc_text(mcast::WallTime(1700000000s + 250ms)), "2023-11-14T22:13:20.250Z");
    EXPECT_EQ(utc_text(mcast::WallTime(0s)), "1970-01-01T00:00:00.000Z");
}

TEST(MomentTest, DurationsHaveAtMostTwoUnits) {
    for (const auto& [duration, text] :
         std::initializer_list<std::pair<mcast::Duration, const char*>>{{0ns, "0.0 ns"},
                                                                        {15us, "15 µs"},
                                                                        {1500us, "1.5 ms"},
                                                                        {3400ms, "3.4 s"},
                                                                        {723s, "12 min 3 s"},
                                                                        {60s, "1 min"},
                                                                        {4h + 12min, "4 h 12 min"},
                                                                        {76h, "3 d 4 h"},
                                                                        {-2s, "-2.0 s"}}) {
        EXPECT_EQ(duration_text(duration), text);
    }
}

}  // namespace
}  // namespace mcastd
