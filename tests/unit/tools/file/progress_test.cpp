#include "tools/mcast/file/progress.hpp"

#include <gtest/gtest.h>

namespace mcast::cli {
namespace {

using namespace std::chrono_literals;

TEST(FormatBytes, ThreeDigits) {
    EXPECT_EQ(format_bytes(0), "0 B");
    EXPECT_EQ(format_bytes(1023), "1023 B");
    EXPECT_EQ(format_bytes(1536), "1.50 KiB");
    EXPECT_EQ(format_bytes(256u << 20), "256 MiB");
    EXPECT_EQ(format_bytes(std::uint64_t{5} << 40), "5.00 TiB");
}

TEST(Bar, IsFullOnlyInTheEnd) {
    EXPECT_EQ(bar(0, 10, 10), "[----------]");
    EXPECT_EQ(bar(5, 10, 10), "[#####-----]");
    EXPECT_EQ(bar(999, 1000, 10), "[#########-]");
    EXPECT_EQ(bar(10, 10, 10), "[##########]");
    EXPECT_EQ(bar(0, 0, 4), "[####]");
}

TEST(Percent, IsAHundredOnlyIfItIsAll) {
    EXPECT_EQ(percent(0, 10), "0 %");
    EXPECT_EQ(percent(9999, 10000), "99 %");
    EXPECT_EQ(percent(10, 10), "100 %");
    EXPECT_EQ(percent(0, 0), "100 %");
}

TEST(Progress, TellsRateAndTimeLeft) {
    Progress progress;
    progress.update(Instant(1s), 0, 10u << 20);
    progress.update(Instant(2s), 1u << 20, 10u << 20);
    EXPECT_EQ(progress.text(),
              "[##----------------------] 10 %  1.00 MiB of 10.0 MiB  1.00 MiB/s  9 s left");
}

}  // namespace
}  // namespace mcast::cli
