#include "tools/mcastd/quantity.hpp"

#include <gtest/gtest.h>

#include "tools/mcast/duration.hpp"

namespace mcastd {
namespace {

TEST(Size, IsReadInPowersOf1024) {
    EXPECT_EQ(parse_size("64M"), 64u << 20);
    EXPECT_EQ(parse_size("1K"), 1024u);
    EXPECT_EQ(parse_size("2G"), 2ull << 30);
    EXPECT_EQ(parse_size("1234"), 1234u);
    EXPECT_EQ(parse_size("0"), 0u);
    for (const char* text : {"", "M", "64Q", "64 M", "64MB", "-1M", "1.5M", "64m",
                             "99999999999999999999", "17179869185G"})
        EXPECT_FALSE(parse_size(text)) << text;
}

TEST(Size, IsWrittenAsItIsReadAgain) {
    EXPECT_EQ(format_size(64u << 20), "64M");
    EXPECT_EQ(format_size(0), "0");
    for (const std::uint64_t bytes : {1ull, 1023ull, 1024ull, 1025ull, 3ull << 20, 5ull << 30})
        EXPECT_EQ(parse_size(format_size(bytes)), bytes);
}

TEST(Duration, IsWrittenAsItIsReadAgain) {
    using std::chrono::nanoseconds;
    EXPECT_EQ(format_exactly(std::chrono::seconds(30)), "30s");
    EXPECT_EQ(format_exactly(std::chrono::milliseconds(1500)), "1500ms");
    EXPECT_EQ(format_exactly(std::chrono::seconds(90)), "90s");
    EXPECT_EQ(format_exactly(std::chrono::hours(2)), "2h");
    EXPECT_EQ(format_exactly(nanoseconds(0)), "0s");
    for (const std::int64_t count : {1ll, 999ll, 1'000'001ll, 123'000'000ll, 3'600'000'000'000ll})
        EXPECT_EQ(mcast::cli::parse_duration(format_exactly(nanoseconds(count))),
                  nanoseconds(count));
}

}  // namespace
}  // namespace mcastd
