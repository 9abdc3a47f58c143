#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/hash.hpp"
#include "base/utf8.hpp"

namespace mcast {
namespace {

using namespace std::string_view_literals;

TEST(PlainText, AcceptsWellFormedUtf8) {
    for (const auto text : {""sv, "a b~"sv, "\xc3\xa4"sv, "\xe2\x82\xac"sv, "\xf0\x9f\x8e\xae"sv,
                            "\xf4\x8f\xbf\xbf"sv, "\xed\x9f\xbf"sv, "\xee\x80\x80"sv, "\xc2\xa0"sv})
        EXPECT_TRUE(is_plain_text(text)) << text;
}

TEST(PlainText, RefusesWhatIsNotUtf8) {
    const std::vector<std::pair<std::string_view, std::string_view>> refused = {
        {"\x80"sv, "a continuation alone"},
        {"\xc3"sv, "a sequence cut short"},
        {"\xe2\x82"sv, "a longer one cut short"},
        {"\xc3(", "a continuation missing"},
        {"\xc0\xaf"sv, "an overlong slash"},
        {"\xe0\x80\xaf"sv, "a more overlong slash"},
        {"\xf0\x80\x80\xaf"sv, "a most overlong slash"},
        {"\xed\xa0\x80"sv, "a surrogate"},
        {"\xf4\x90\x80\x80"sv, "beyond the last code point"},
        {"\xf8\x88\x80\x80\x80"sv, "five bytes"},
        {"\xff"sv, "no first byte"},
    };
    for (const auto& [text, what] : refused)
        EXPECT_FALSE(is_plain_text(text)) << what;
}

TEST(PlainText, RefusesControlCharacters) {
    for (const auto text : {"\0"sv, "a\nb"sv, "\x1b[2J"sv, "\x7f"sv, "\xc2\x80"sv, "\xc2\x9b"sv})
        EXPECT_FALSE(is_plain_text(text));
}

TEST(Hash, IsTheSameForEver) {
    // FNV-1a of "foobar" is published as 85944171f73967e8; split_mix() follows.
    EXPECT_EQ(hash("foobar"), split_mix(0x85944171f73967e8));
    EXPECT_EQ(hash(""), split_mix(0xcbf29ce484222325));
}

TEST(Hash, PiecesAreTheWhole) {
    EXPECT_EQ(Hash().add("foo").add("bar").value(), hash("foobar"));
    EXPECT_NE(hash("foobar"), hash("foobas"));
}

}  // namespace
}  // namespace mcast
