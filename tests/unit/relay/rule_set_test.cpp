#include "relay/rule_set.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/support/allocation_count.hpp"
#include "tests/unit/relay/relay_world.hpp"

namespace mcast::relay {
namespace {

RuleSet compile(std::vector<Rule> rules, Action fallback = Action::Drop) {
    auto set = RuleSet::compile(std::move(rules), fallback);
    EXPECT_TRUE(set.has_value()) << set.error().what;
    return std::move(*set);
}

Passage on(std::string_view topic) {
    Passage passage;
    passage.from = &world_interfaces()[0];
    passage.to = &world_interfaces()[1];
    passage.source = Address::parse("10.0.0.5").value();
    passage.domain = "default";
    passage.topic = topic;
    return passage;
}

std::vector<Rule> numbered(std::size_t count, const char* before, const char* behind) {
    std::vector<Rule> rules(count);
    for (std::size_t i = 0; i < count; ++i)
        rules[i].topic = before + std::to_string(i) + behind;
    return rules;
}

TEST(RuleSet, TheFirstThatMatchesDecides) {
    const RuleSet set = compile({{.topic = "chat", .action = RuleAction::Drop},
                                 {.topic = "c*"},
                                 {.topic = "*", .action = RuleAction::Drop}});
    EXPECT_EQ(set.decide(on("chat")), (Verdict{Action::Drop, 0, kNoRule}));
    EXPECT_EQ(set.decide(on("couch")), (Verdict{Action::Forward, 1, kNoRule}));
    EXPECT_EQ(set.decide(on("input")), (Verdict{Action::Drop, 2, kNoRule}));
    EXPECT_EQ(set.size(), 3u);
    EXPECT_EQ(set.rule(1).topic, "c*");
}

TEST(RuleSet, WithoutARuleTheDefaultDecides) {
    EXPECT_EQ(RuleSet().decide(on("chat")), (Verdict{Action::Drop, kNoRule, kNoRule}));
    EXPECT_EQ(compile({}, Action::Forward).decide(on("chat")),
              (Verdict{Action::Forward, kNoRule, kNoRule}));
    EXPECT_EQ(compile({{.topic = "x"}}, Action::Forward).decide(on("chat")).rule, kNoRule);
}

TEST(RuleSet, LogRulesLeaveTheDecisionToOthers) {
    const RuleSet set = compile({{.topic = "a*", .action = RuleAction::Log},
                                 {.topic = "*b", .action = RuleAction::Log},
                                 {.topic = "ab"},
                                 {.topic = "*", .action = RuleAction::Log}});
    EXPECT_EQ(set.decide(on("ab")), (Verdict{Action::Forward, 2, 0})) << "the first that logs";
    EXPECT_EQ(set.decide(on("xb")), (Verdict{Action::Drop, kNoRule, 1}));
    EXPECT_EQ(set.decide(on("x")), (Verdict{Action::Drop, kNoRule, 3}));
}

TEST(RuleSet, RatesCountForEachRuleByItself) {
    RuleSet set = compile({{.topic = "a", .rate = 10, .burst = 3},
                           {.topic = "b"},
                           {.topic = "c", .action = RuleAction::Log}});
    const Instant now{std::chrono::hours(1)};
    const auto taken = [&](std::uint32_t rule, int wanted) {
        int passed = 0;
        for (int i = 0; i < wanted; ++i)
            passed += set.take(now, rule) ? 1 : 0;
        return passed;
    };
    EXPECT_EQ(taken(0, 10), 3);
    EXPECT_FALSE(set.take(now, 0));
    EXPECT_TRUE(set.take(now + std::chrono::milliseconds(100), 0));
    EXPECT_EQ(taken(1, 1000), 1000) << "no rate";
    EXPECT_TRUE(set.take(now, kNoRule));
    EXPECT_EQ(taken(2, 1000), static_cast<int>(kLogRate)) << "lines have one anyway";
}

// Two hosts whose interfaces have each other's names; and one rule more or less.
TEST(RuleSet, SaysOfAPairOfInterfacesTheSameWhateverTheyAreCalled) {
    const Interface& left = world_interfaces()[0];
    const Interface& right = world_interfaces()[1];
    const RuleSet here = compile({{.from = {"e0"}, .to = {"e1"}, .topic = "a"}, {.topic = "b"}});
    const RuleSet there = compile({{.from = {"e1"}, .to = {"e0"}, .topic = "a"}, {.topic = "b"}});
    EXPECT_EQ(here.between(left, right).digest, there.between(right, left).digest);
    EXPECT_NE(here.between(left, right).digest, here.between(right, left).digest);
    EXPECT_EQ(here.between(right, left).digest,
              compile({{.topic = "b"}}).between(left, right).digest);
    EXPECT_NE(here.between(left, right).digest,
              compile({{.topic = "b"}, {.topic = "a"}}).between(left, right).digest);
    const RuleSet one_way = compile({{.from = {"e0"}}});
    EXPECT_TRUE(one_way.between(left, right).passes);
    EXPECT_FALSE(one_way.between(right, left).passes);
}

TEST(RuleSet, CountsAnnouncementsButNotByTheRate) {
    RuleSet set = compile({{.topic = "a", .rate = 10, .burst = 1}});
    const Instant now{std::chrono::hours(1)};
    EXPECT_TRUE(set.admit(now, set.decide(on("a"))));
    EXPECT_FALSE(set.admit(now, set.decide(on("a"))));
    for (int i = 0; i < 10; ++i)
        EXPECT_TRUE(set.admit(now, set.decide(on(""))));
    EXPECT_FALSE(set.admit(now, set.decide(on("b"))));
    EXPECT_EQ(set.use(0).hits, 12u);
    EXPECT_EQ(set.use(0).drops, 1u);
    EXPECT_EQ(set.use(kNoRule).drops, 1u);
}

TEST(RuleSet, RefusesTooManyRulesAndNamesTheLimit) {
    EXPECT_TRUE(RuleSet::compile(numbered(kRulesMax, "t", ""), Action::Drop).has_value());
    const auto refused = RuleSet::compile(numbered(kRulesMax + 1, "t", ""), Action::Drop);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, ErrorCode::LimitReached);
    EXPECT_EQ(refused.error().what,
              "10001 rules; the limit is 10000 (globs and networks let one rule say what many do)");
}

TEST(RuleSet, NamesTheRuleThatIsWrong) {
    std::vector<Rule> rules = numbered(3, "t", "");
    rules[1].from = {"type=wfi"};
    rules[1].line = {17};
    const auto refused = RuleSet::compile(rules, Action::Drop);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().what.substr(0, 40), "rule 2 (line 17): from: interface select");
}

// Each of these lists has all the rules there may be, and still a decision looks at a handful.
TEST(RuleSet, LooksAtFewRulesWhateverTellsThemApart) {
    EXPECT_LE(compile(numbered(kRulesMax, "topic/", "")).look_up_max(), 3u);
    EXPECT_LE(compile(numbered(kRulesMax, "topic/", "/*")).look_up_max(), 8u);
    EXPECT_LE(compile(numbered(kRulesMax, "*/", "/end")).look_up_max(), 8u);
    std::vector<Rule> rules(kRulesMax);
    for (std::uint32_t i = 0; i < kRulesMax; ++i) {
        const auto byte = [&](unsigned shift) { return static_cast<std::uint8_t>(i >> shift); };
        rules[i].source =
            Network{Address::ipv4(10, byte(8), byte(0), 0), static_cast<std::uint8_t>(24 + i % 8)};
    }
    EXPECT_LE(compile(rules).look_up_max(), 16u) << "one table for each length";
    for (std::uint32_t i = 0; i < kRulesMax; ++i) {
        rules[i] = {};
        rules[i].from = {"vlan" + std::to_string(i / 100)};
        rules[i].to = {"vlan" + std::to_string(i % 100)};
    }
    EXPECT_LE(compile(rules).look_up_max(), 4u) << "every pair of a hundred interfaces";
    for (std::uint32_t i = 0; i < kRulesMax; ++i) {
        rules[i] = {};
        rules[i].topic = "t" + std::to_string(i % 22);
        rules[i].domain = "d" + std::to_string(i / 22 % 22);
        rules[i].peer = "p" + std::to_string(i / 484);
    }
    EXPECT_LE(compile(rules).look_up_max(), 8u) << "each of them shared by hundreds of rules";
}

TEST(RuleSet, RefusesRulesThatNothingTellsApartQuickly) {
    EXPECT_TRUE(RuleSet::compile(numbered(kLookUpMax, "*", "*"), Action::Drop).has_value());
    const auto refused = RuleSet::compile(numbered(kLookUpMax + 1, "*", "*"), Action::Drop);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, ErrorCode::LimitReached);
    EXPECT_EQ(refused.error().what,
              "the rules are too much alike: a datagram could have to be compared with more than "
              "512 of them, which is the limit; let more of them name what tells them apart: a "
              "topic, peer or group without a leading '*', a network, one interface");
}

// An announcement has no topic, by which these rules are found.
TEST(RuleSet, AnnouncementsAreDecidedOnAsQuickly) {
    std::vector<Rule> rules = numbered(kRulesMax - 1, "topic/", "");
    rules[0].action = RuleAction::Drop;
    rules.push_back({.action = RuleAction::Drop});
    const RuleSet set = compile(rules);
    EXPECT_LE(set.look_up_max(), 8u);
    EXPECT_EQ(set.decide(on("")), (Verdict{Action::Forward, 1, kNoRule, false}));
    rules.resize(1);
    rules.push_back({.from = {"e0"}, .action = RuleAction::Drop});
    rules.push_back({.topic = "x"});
    EXPECT_EQ(compile(rules).decide(on("")), (Verdict{Action::Drop, 1, kNoRule, false}));
}

TEST(RuleSet, DecidesWithoutAllocating) {
    std::vector<Rule> rules = numbered(1000, "topic/", "*");
    for (std::size_t i = 0; i < rules.size(); i += 3)
        rules[i].from = {"e*", "!e7", "10.0.0.0/8"};
    const RuleSet set = compile(rules);
    const Passage hit = on("topic/999/deep/down/below/all/the/others");
    const Passage miss = on("other");
    std::uint32_t sum = 0;
    const test::AllocationCount count;
    for (int i = 0; i < 100; ++i)
        sum += set.decide(hit).rule + set.decide(miss).log_rule + set.decide(on("")).rule;
    EXPECT_EQ(count.since(), 0u);
    EXPECT_NE(sum, 0u);
}

}  // namespace
}  // namespace mcast::relay
