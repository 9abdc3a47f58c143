#include "relay/glob.hpp"

#include <gtest/gtest.h>

#include <string>

#include "base/random.hpp"
#include "tests/unit/relay/naive_rules.hpp"

namespace mcast::relay {
namespace {

bool matches(const char* glob, std::string_view text) {
    return Glob(glob).matches(text);
}

TEST(Glob, StarsStandForAnythingAndQuestionMarksForOneCharacter) {
    for (const auto& [glob, text] : {std::pair("input", "input"),
                                     {"*", ""},
                                     {"*", "anything"},
                                     {"input*", "input"},
                                     {"input*", "input/7"},
                                     {"*put", "input"},
                                     {"*put", "put"},
                                     {"in*ut", "input"},
                                     {"in*ut", "inut"},
                                     {"i?put", "input"},
                                     {"?????", "input"},
                                     {"*?", "x"},
                                     {"?*", "xy"},
                                     {"a*b*c", "a--b--b--c"},
                                     {"a*b*c", "abc"},
                                     {"**", ""},
                                     {"a**b", "ab"},
                                     {"*a*", "bab"},
                                     {"[ab]", "[ab]"},
                                     {"a\\*", "a\\b"},
                                     {"?", "é"},
                                     {"caf?", "café"},
                                     {"??", "éé"},
                                     {"*?", "é"}})
        EXPECT_TRUE(matches(glob, text)) << glob << " " << text;
    for (const auto& [glob, text] : {std::pair("input", "inputs"),
                                     {"input", "Input"},
                                     {"input*", "inpu"},
                                     {"*put", "puts"},
                                     {"in*ut", "in"},
                                     {"inn*nut", "innut"},
                                     {"?", ""},
                                     {"?", "ab"},
                                     {"*?", ""},
                                     {"a*b*c", "acb"},
                                     {"*ab", "b"},
                                     {"[ab]", "a"},
                                     {"a*a", "a"},
                                     {"", "a"},
                                     {"??", "é"},
                                     {"*??", "é"}})
        EXPECT_FALSE(matches(glob, text)) << glob << " " << text;
}

TEST(Glob, KnowsWhatEveryMatchStartsAndEndsWith) {
    EXPECT_TRUE(Glob("input").is_literal());
    EXPECT_EQ(Glob("input").prefix(), "input");
    EXPECT_EQ(Glob("input").suffix(), "input");
    EXPECT_FALSE(Glob("in*pu?t").is_literal());
    EXPECT_EQ(Glob("in*pu?t").prefix(), "in");
    EXPECT_EQ(Glob("in*pu?t").suffix(), "t");
    EXPECT_EQ(Glob("*").prefix(), "");
    EXPECT_EQ(Glob("*").suffix(), "");
    EXPECT_TRUE(Glob().is_literal());
    EXPECT_TRUE(Glob().empty());
}

TEST(Glob, AgreesWithTheSimplestWayToSayIt) {
    Random random(1);
    const auto draw = [&](std::string_view alphabet, std::uint64_t size_max) {
        std::string text;
        for (std::uint64_t left = random.below(size_max + 1); left > 0; --left)
            text += alphabet[random.below(alphabet.size())];
        return text;
    };
    int matched = 0;
    for (int i = 0; i < 100'000; ++i) {
        const std::string glob = draw("ab*?", 8);
        const std::string text = draw("ab", 10);
        const bool expected = naive_glob(glob, text);
        ASSERT_EQ(Glob(glob).matches(text), expected) << "'" << glob << "' '" << text << "'";
        matched += expected;
    }
    EXPECT_GT(matched, 1000);
}

// With one step of backtracking for each star, this would outlive the sun.
TEST(Glob, IsNotSlowWhateverIsAsked) {
    std::string glob;
    while (glob.size() + 2 < Glob::kSizeMax)
        glob += "*a";
    glob += "*b?";
    const Glob hostile(glob);
    for (int i = 0; i < 100; ++i)
        EXPECT_FALSE(hostile.matches(std::string(Glob::kSizeMax, 'a')));
}

}  // namespace
}  // namespace mcast::relay
