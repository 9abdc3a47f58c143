// decide() against the naive scan, over random rules and passages.
#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "relay/rule_set.hpp"
#include "tests/unit/relay/naive_rules.hpp"
#include "tests/unit/relay/rule_dice.hpp"

namespace mcast::relay {
namespace {

struct Tally {
    int passages = 0;
    int by_rule = 0;
    int logged = 0;
};

void compare(std::uint64_t seed, std::size_t rule_count, double conditions, Tally& tally,
             std::uint64_t more_names = 0) {
    RuleDice dice(seed, more_names);
    std::vector<Rule> rules;
    for (std::size_t i = 0; i < rule_count; ++i)
        rules.push_back(dice.rule(conditions));
    const Action fallback = static_cast<Action>(dice.below(2));
    const auto set = RuleSet::compile(rules, fallback);
    ASSERT_TRUE(set.has_value()) << set.error().what << ", seed " << seed;
    for (int i = 0; i < 100; ++i) {
        std::array<std::string, 3> names;
        const Passage passage = dice.passage(names);
        const Verdict expected = naive_verdict(rules, fallback, passage);
        const Verdict got = set->decide(passage);
        ASSERT_EQ(got, expected) << "seed " << seed << ", passage " << i << ": rule " << got.rule
                                 << " instead of " << expected.rule << ", logged by "
                                 << got.log_rule << " instead of " << expected.log_rule;
        ++tally.passages;
        tally.by_rule += expected.rule != kNoRule;
        tally.logged += expected.log_rule != kNoRule;
    }
}

TEST(RuleSetRandom, DecidesAsTheNaiveScanDoes) {
    Tally tally;
    for (std::uint64_t seed = 1; seed <= 2000; ++seed)
        compare(seed, seed % 40, 0.2 + 0.1 * static_cast<double>(seed % 6), tally);
    EXPECT_GT(tally.by_rule, tally.passages / 4);
    EXPECT_GT(tally.passages - tally.by_rule, tally.passages / 10);
    EXPECT_GT(tally.logged, tally.passages / 10);
}

TEST(RuleSetRandom, AlsoWithManyRules) {
    Tally tally;
    for (std::uint64_t seed = 1; seed <= 40; ++seed)
        compare(seed, 1000, 0.8, tally, 100);
    EXPECT_GT(tally.by_rule, tally.passages / 4);
    EXPECT_GT(tally.passages - tally.by_rule, 0);
}

}  // namespace
}  // namespace mcast::relay
