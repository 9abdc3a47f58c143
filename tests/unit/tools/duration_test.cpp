#include "tools/mcast/duration.hpp"

#include <gtest/gtest.h>

namespace mcast::cli {
namespace {

using namespace std::chrono_literals;

TEST(ParseDuration, KnowsUnits) {
    EXPECT_EQ(parse_duration("10s"), Duration(10s));
    EXPECT_EQ(parse_duration("500ms"), Duration(500ms));
    EXPECT_EQ(parse_duration("250us"), Duration(250us));
    EXPECT_EQ(parse_duration("250µs"), Duration(250us));
    EXPECT_EQ(parse_duration("7ns"), Duration(7ns));
    EXPECT_EQ(parse_duration("2m"), Duration(2min));
    EXPECT_EQ(parse_duration("2min"), Duration(2min));
    EXPECT_EQ(parse_duration("1h"), Duration(1h));
    EXPECT_EQ(parse_duration("1.5s"), Duration(1500ms));
    EXPECT_EQ(parse_duration("3"), Duration(3s));
    EXPECT_EQ(parse_duration("0"), Duration(0));
}

TEST(ParseDuration, RefusesWhatIsNone) {
    for (const char* text : {"", "s", "10 s", "-1s", "10x", "1e3s", "nan", "inf", "10s5", " 1s",
                             "99999h", "0x10", "1..5s"}) {
        EXPECT_FALSE(parse_duration(text)) << text;
    }
}

TEST(FormatDuration, ShowsThreeDigits) {
    EXPECT_EQ(format_duration(0ns), "0 ns");
    EXPECT_EQ(format_duration(870ns), "870 ns");
    EXPECT_EQ(format_duration(1230ns), "1.23 µs");
    EXPECT_EQ(format_duration(12345ns), "12.3 µs");
    EXPECT_EQ(format_duration(999'600ns), "1.00 ms");
    EXPECT_EQ(format_duration(1200us), "1.20 ms");
    EXPECT_EQ(format_duration(999'700us), "1.00 s");
    EXPECT_EQ(format_duration(10s), "10.0 s");
    EXPECT_EQ(format_duration(600s), "600 s");
    EXPECT_EQ(format_duration(-1200us), "-1.20 ms");
}

TEST(FormatRate, ShowsThreeDigits) {
    EXPECT_EQ(format_rate(0.5), "0.50/s");
    EXPECT_EQ(format_rate(120), "120/s");
    EXPECT_EQ(format_rate(1250), "1.25 k/s");
    EXPECT_EQ(format_rate(3.1e6), "3.10 M/s");
}

TEST(FormatPercent, ShowsNothingAsZero) {
    EXPECT_EQ(format_percent(0), "0 %");
    EXPECT_EQ(format_percent(0.1), "0.10 %");
    EXPECT_EQ(format_percent(12.5), "12.5 %");
}

TEST(FormatWallTime, IsRfc3339) {
    EXPECT_EQ(format_wall_time(WallTime(0ns)), "1970-01-01T00:00:00.000000000Z");
    EXPECT_EQ(format_wall_time(WallTime(1'738'324'800s + 123'456'789ns)),
              "2025-01-31T12:00:00.123456789Z");
    EXPECT_EQ(format_wall_time(WallTime(-1ns)), "1969-12-31T23:59:59.999999999Z");
}

}  // namespace
}  // namespace mcast::cli
