// decide() against the naive scan, over random rules and passages.
#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "relay/rule_set.hpp"
#include "tests/unit/relay/naive_rules.hpp"
#include "tests/unit/relay/relay_world.hpp"

namespace mcast::relay {
namespace {

// Few words, so that rules and passages meet; with what a rule may say and what may pass.
constexpr std::array<const char*, 10> kSelectors{"e0", "e1",        "wlan0",      "e*",    "!e1",
                                                 "#3", "type=wifi", "10.0.0.0/8", "wlan?", "none"};
constexpr std::array<const char*, 8> kNetworks{"10.0.0.0/8",  "10.0.0.0/24", "10.0.0.5/32",
                                               "10.1.0.0/16", "0.0.0.0/0",   "fe80::/10",
                                               "fe80::7/128", "::/0"};
constexpr std::array<const char*, 6> kSources{"10.0.0.5", "10.0.0.9", "10.1.2.3",
                                              "11.0.0.1", "fe80::7",  "2001:db8::1"};
constexpr std::array<const char*, 12> kGlobs{"a",   "ab",  "abc", "a*", "ab*", "*c",
                                             "*bc", "a*c", "*b*", "?",  "a?c", "*"};
constexpr std::array<const char*, 6> kNames{"a", "ab", "abc", "abcbc", "c", "xyz"};
constexpr std::array<const char*, 4> kGroups{"239.0.0.1:5000", "239.0.0.1", "239.0.0.2:5000",
                                             "[ff02::1]:5000"};
constexpr std::array<const char*, 4> kDestinations{"239.0.0.1:5000", "239.0.0.1:5001",
                                                   "239.0.0.2:5000", "[ff02::1]:5000"};
constexpr std::array<const char*, 4> kPeers{"0000000000000001", "0000000000000002", "a*", "ab"};

class Dice {
public:
    // `names`: of so many more names and prefixes, for lists that are long; 0: the few above only.
    Dice(std::uint64_t seed, std::uint64_t names) : random_(seed), names_(names) {}

    template <std::size_t Count>
    const char* one_of(const std::array<const char*, Count>& words) {
        return words[random_.below(Count)];
    }
    bool chance(double probability) { return random_.chance(probability); }
    std::uint64_t below(std::uint64_t limit) { return random_.below(limit); }

    std::string name() {
        return names_ == 0 ? one_of(kNames) : "n" + std::to_string(below(names_)) + "/x";
    }
    std::string glob() {
        if (names_ == 0 || chance(0.02)) return one_of(kGlobs);
        const std::string number = "n" + std::to_string(below(names_));
        return number + (chance(0.5) ? "/x" : "*");
    }

    Rule rule(double conditions) {
        Rule rule;
        for (auto* selectors : {&rule.from, &rule.to})
            while (chance(conditions) && selectors->size() < 3)
                selectors->push_back(one_of(kSelectors));
        if (chance(conditions)) rule.source = Network::parse(one_of(kNetworks));
        if (chance(0.3)) {
            if (chance(conditions)) rule.group = Endpoint::parse(one_of(kGroups));
        } else {
            if (chance(conditions)) rule.domain = glob();
            if (chance(conditions)) rule.topic = glob();
            if (chance(conditions)) rule.peer = one_of(kPeers);
        }
        rule.action = static_cast<RuleAction>(below(3));
        // The two IP versions exclude each other, and the rule with them would be refused.
        if (rule.group && rule.source &&
            rule.group->address.family() != rule.source->address.family())
            rule.source.reset();
        return rule;
    }

    // Its names are views of `names`.
    Passage passage(std::array<std::string, 3>& names) {
        Passage passage;
        passage.from = &world_interfaces()[below(world_interfaces().size())];
        passage.to = chance(0.05) ? nullptr : &world_interfaces()[below(world_interfaces().size())];
        passage.source = Address::parse(one_of(kSources)).value();
        if (chance(0.3)) {
            passage.group = Endpoint::parse(one_of(kDestinations)).value();
            return passage;
        }
        names = {name(), chance(0.8) ? name() : "", name()};
        passage.domain = names[0];
        passage.topic = names[1];
        passage.peer = {1 + below(3)};
        passage.peer_name = names[2];
        return passage;
    }

private:
    Random random_;
    std::uint64_t names_;
};

struct Tally {
    int passages = 0;
    int by_rule = 0;
    int logged = 0;
};

void compare(std::uint64_t seed, std::size_t rule_count, double conditions, Tally& tally,
             std::uint64_t more_names = 0) {
    Dice dice(seed, more_names);
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
