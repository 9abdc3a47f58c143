#include "base/fixed_string.hpp"

#include <gtest/gtest.h>

#include <string>

namespace mcast {
namespace {

TEST(FixedString, KeepsWhatFits) {
    const FixedString<5> text("hello");
    EXPECT_EQ(text.view(), "hello");
    EXPECT_TRUE(text == "hello");
    EXPECT_FALSE(text == "hell");
    EXPECT_FALSE(text.empty());
}

TEST(FixedString, CutsWhatIsLonger) {
    const std::string longer(300, 'x');
    EXPECT_EQ(FixedString<5>(longer).view(), "xxxxx");
    EXPECT_EQ(FixedString<255>(longer).view().size(), 255u);
}

TEST(FixedString, IsEmptyAtFirstAndAfterClear) {
    FixedString<5> text;
    EXPECT_TRUE(text.empty());
    EXPECT_EQ(text.view(), "");
    text.assign("abc");
    text.clear();
    EXPECT_TRUE(text.empty());
    EXPECT_EQ(text.view(), "");
}

TEST(FixedString, LeavesNothingOfALongerText) {
    FixedString<5> text("hello");
    text.assign("a");
    EXPECT_EQ(text.view(), "a");
    text.assign({});
    EXPECT_EQ(text.view(), "");
}

TEST(FixedString, KeepsZeroBytes) {
    using namespace std::string_view_literals;
    EXPECT_EQ(FixedString<5>("a\0b"sv).view(), "a\0b"sv);
}

}  // namespace
}  // namespace mcast
