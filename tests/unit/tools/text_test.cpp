#include "tools/mcast/text.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstring>

namespace mcast::cli {
namespace {

TEST(Utf8, SizesOfCharacters) {
    EXPECT_EQ(utf8_size("a"), 1u);
    EXPECT_EQ(utf8_size("ü"), 2u);
    EXPECT_EQ(utf8_size("€"), 3u);
    EXPECT_EQ(utf8_size("😀"), 4u);
}

TEST(Utf8, RefusesWhatIsNone) {
    for (const char* text : {"", "\x80", "\xc0\xaf", "\xc3", "\xe0\x80\x80", "\xed\xa0\x80",
                             "\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xff", "\xe2\x82"}) {
        EXPECT_EQ(utf8_size(text), 0u) << hex(std::as_bytes(std::span(text, std::strlen(text))));
    }
}

TEST(Printable, EscapesWhatCouldSteerATerminal) {
    EXPECT_EQ(printable("pad-1 ü"), "pad-1 ü");
    EXPECT_EQ(printable("\x1b[2J"), "\\x1b[2J");
    EXPECT_EQ(printable("\xc2\x9b"
                        "1m"),
              "\\xc2\\x9b1m");
    EXPECT_EQ(printable("a\xff"
                        "b\n"),
              "a\\xffb\\x0a");
    EXPECT_TRUE(is_printable("tabs\tare fine"));
    EXPECT_FALSE(is_printable("lines\nare not"));
    EXPECT_FALSE(is_printable("\xff"));
    EXPECT_FALSE(is_printable(std::string_view("\0", 1)));
}

TEST(Clipped, CutsAtCharacters) {
    EXPECT_EQ(clipped("grün", 4), "grün");
    EXPECT_EQ(clipped("grünes", 4), "grü…");
    EXPECT_EQ(clipped("x", 0), "");
    EXPECT_EQ(columns("grün"), 4u);
}

TEST(Hex, IsLowerCase) {
    const std::array<std::byte, 3> bytes{std::byte{0}, std::byte{0xab}, std::byte{0x7f}};
    EXPECT_EQ(hex(bytes), "00ab7f");
}

TEST(Closest, FindsWhatWasMeant) {
    const std::vector<std::string> names{"Input", "World", "World.Player"};
    EXPECT_EQ(closest("input", names), "Input");
    EXPECT_EQ(closest("Wrold", names), "World");  // the order of two is one mistake
    EXPECT_EQ(closest("Vrold", names), "");       // two of five are too many
    EXPECT_EQ(closest("Worl", names), "World");
    EXPECT_EQ(closest("Quote", names), "");
    EXPECT_EQ(closest("x", {}), "");
}

TEST(Counted, KnowsOneAndMany) {
    EXPECT_EQ(counted(0, "peer"), "0 peers");
    EXPECT_EQ(counted(1, "peer"), "1 peer");
    EXPECT_EQ(counted(2, "peer"), "2 peers");
}

TEST(Table, AlignsByColumnsNotBytes) {
    const std::vector<std::vector<std::string>> rows{
        {"NAME", "STATE"}, {"Küche", "up"}, {"x", "silent"}, {"alone"}};
    EXPECT_EQ(table(rows),
              "NAME   STATE\n"
              "Küche  up\n"
              "x      silent\n"
              "alone\n");
}

}  // namespace
}  // namespace mcast::cli
