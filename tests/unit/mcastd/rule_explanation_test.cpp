#include "tools/mcastd/rule_explanation.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/mcastd/config_case.hpp"
#include "tests/unit/relay/naive_rules.hpp"
#include "tests/unit/relay/rule_dice.hpp"

namespace mcastd {
namespace {

using mcast::relay::Action;
using mcast::relay::kNoRule;
using mcast::relay::Passage;
using mcast::relay::Rule;
using mcast::relay::RuleDice;
using mcast::relay::RuleSet;
using mcast::relay::Verdict;
using mcast::relay::world_interfaces;

RuleSet rules_of(const std::string& text) {
    const Config config = read(text);
    return std::move(*RuleSet::compile(config.rules, config.fallback));
}

Passage ours(std::string_view topic) {
    Passage passage;
    passage.from = &world_interfaces()[0];
    passage.to = &world_interfaces()[1];
    passage.source = mcast::Address::parse("10.0.0.5").value();
    passage.domain = "tanks";
    passage.topic = topic;
    passage.peer_name = "pad-7";
    return passage;
}

TEST(RuleExplanation, NamesTheRuleAndWhyThoseBeforeDoNotDecide) {
    const RuleSet rules = rules_of(R"([[rule]]
from = ["e1", "e2"]
[[rule]]
source = "10.1.0.0/16"
[[rule]]
domain = "chess"
[[rule]]
topic = "chat*"
action = "drop"
[[rule]]
group = "239.1.1.1:5000"
[[rule]]
peer = "tv"
[[rule]]
topic = "input*"
action = "log"
[[rule]]
to = "wlan*"
[[rule]]
topic = "input*"
rate = 1000
)");
    EXPECT_EQ(
        explain(rules, ours("input/7"), "f"),
        "e0 to e1: forward by rule 9 (f:19), at most 1000 a second\n"
        "  rule 1 (f:1) does not match: from = [\"e1\", \"e2\"], and it comes from e0\n"
        "  rule 2 (f:3) does not match: source = \"10.1.0.0/16\", and its source is 10.0.0.5\n"
        "  rule 3 (f:5) does not match: domain = \"chess\", and its domain is tanks\n"
        "  rule 4 (f:7) does not match: topic = \"chat*\", and its topic is input/7\n"
        "  rule 5 (f:10) does not match: group = \"239.1.1.1:5000\", and it is libmcast's "
        "own\n"
        "  rule 6 (f:12) does not match: peer = \"tv\", and its peer is pad-7\n"
        "  rule 7 (f:14) matches: log\n"
        "  rule 8 (f:17) does not match: to = \"wlan*\", and it goes to e1\n");
}

TEST(RuleExplanation, SaysWhatIsNotKnown) {
    Passage bare = ours("x");
    bare.peer_name = {};
    bare.source = {};
    EXPECT_EQ(
        explain(rules_of("[[rule]]\npeer = \"tv\"\n[[rule]]\nsource = \"::/0\"\n"), bare, "f"),
        "e0 to e1: drop, since no rule decides and this is the default\n"
        "  rule 1 (f:1) does not match: peer = \"tv\", and its peer is not known\n"
        "  rule 2 (f:3) does not match: source = \"::/0\", and its source is not known\n");
    bare.peer = {0xabc};
    bare.from = nullptr;
    EXPECT_EQ(explain(rules_of("[[rule]]\npeer = \"tv\"\n[[rule]]\nfrom = \"e0\"\n"), bare, "f"),
              "- to e1: drop, since no rule decides and this is the default\n"
              "  rule 1 (f:1) does not match: peer = \"tv\", and its peer is 0000000000000abc\n"
              "  rule 2 (f:3) does not match: from = \"e0\", and it comes from no interface\n");
}

TEST(RuleExplanation, SaysWhenItIsTheDefault) {
    EXPECT_EQ(explain(rules_of("default = \"forward\""), ours("x"), "f"),
              "e0 to e1: forward, since no rule decides and this is the default\n");
    Passage foreign = ours("");
    foreign.domain = {};
    foreign.group = mcast::Endpoint::parse("239.1.1.1:5000").value();
    EXPECT_EQ(explain(rules_of("[[rule]]\ntopic = \"*\"\n[[rule]]\ngroup = \"239.1.1.2\"\n"),
                      foreign, "f"),
              "e0 to e1: forward where a [[foreign]] carries it, since no rule decides\n"
              "  rule 1 (f:1) does not match: topic = \"*\", and it is foreign\n"
              "  rule 2 (f:3) does not match: group = \"239.1.1.2\", and its group is "
              "239.1.1.1:5000\n");
}

TEST(RuleExplanation, IsBounded) {
    std::string text;
    for (int i = 0; i < 1000; ++i)
        text += i % 4 == 0 ? "[[rule]]\ndomain = \"d" + std::to_string(i) + "\"\n"
                           : "[[rule]]\ntopic = \"t" + std::to_string(i) + "\"\n";
    const std::string said = explain(rules_of(text), ours("x"), "f");
    EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 22);
    EXPECT_TRUE(said.ends_with("  and 980 more do not match, for their: domain 245, topic 735\n"))
        << said;
}

// What it says of each rule is what the naive reading of that rule is, and what it says of all of
// them is what is done.
TEST(RuleExplanation, AgreesWithWhatIsForwarded) {
    int explained = 0;
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        RuleDice dice(seed);
        std::vector<Rule> list;
        for (std::uint64_t i = seed % kReasonsMax; i > 0; --i)
            list.push_back(dice.rule(0.5));
        const RuleSet rules = std::move(*RuleSet::compile(list, Action::Drop));
        for (int n = 0; n < 30; ++n) {
            std::array<std::string, 3> names;
            const Passage passage = dice.passage(names);
            const Verdict verdict = naive_verdict(list, Action::Drop, passage);
            const std::string said = explain(rules, passage, "f");
            const char* const otherwise =
                passage.domain.empty() ? "forward where a [[foreign]] carries it, since no rule"
                                       : "drop, since no rule decides";
            const std::string decides = verdict.rule == kNoRule
                                            ? otherwise
                                            : std::string(to_string(verdict.action)) + " by rule " +
                                                  std::to_string(verdict.rule + 1);
            ASSERT_NE(said.find(": " + decides), std::string::npos)
                << "seed " << seed << ": " << decides << "\n"
                << said;
            const std::size_t end = verdict.rule == kNoRule ? list.size() : verdict.rule;
            for (std::size_t i = 0; i < end; ++i) {
                const bool matches = naive_match(list[i], passage);
                ASSERT_NE(said.find("  rule " + std::to_string(i + 1) +
                                    (matches ? " matches: log" : " does not match: ")),
                          std::string::npos)
                    << "seed " << seed << ", rule " << i + 1 << "\n"
                    << said;
                ++explained;
            }
        }
    }
    EXPECT_GT(explained, 10'000);
}

}  // namespace
}  // namespace mcastd
