#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/random.hpp"
#include "relay/rule.hpp"
#include "tests/unit/relay/relay_world.hpp"

namespace mcast::relay {

// Few words, so that rules and passages meet; with what a rule may say and what may pass.
inline constexpr std::array<const char*, 10> kSelectors{
    "e0", "e1", "wlan0", "e*", "!e1", "#3", "type=wifi", "10.0.0.0/8", "wlan?", "none"};
inline constexpr std::array<const char*, 8> kNetworks{"10.0.0.0/8",  "10.0.0.0/24", "10.0.0.5/32",
                                                      "10.1.0.0/16", "0.0.0.0/0",   "fe80::/10",
                                                      "fe80::7/128", "::/0"};
inline constexpr std::array<const char*, 6> kSources{"10.0.0.5", "10.0.0.9", "10.1.2.3",
                                                     "11.0.0.1", "fe80::7",  "2001:db8::1"};
inline constexpr std::array<const char*, 12> kGlobs{"a",   "ab",  "abc", "a*", "ab*", "*c",
                                                    "*bc", "a*c", "*b*", "?",  "a?c", "*"};
inline constexpr std::array<const char*, 6> kNames{"a", "ab", "abc", "abcbc", "c", "xyz"};
inline constexpr std::array<const char*, 4> kGroups{"239.0.0.1:5000", "239.0.0.1", "239.0.0.2:5000",
                                                    "[ff02::1]:5000"};
inline constexpr std::array<const char*, 4> kDestinations{"239.0.0.1:5000", "239.0.0.1:5001",
                                                          "239.0.0.2:5000", "[ff02::1]:5000"};
inline constexpr std::array<const char*, 4> kPeers{"0000000000000001", "0000000000000002", "a*",
                                                   "ab"};

// Draws rules and passages.
class RuleDice {
public:
    // `names`: of so many more names and prefixes, for lists that are long; 0: the few above only.
    explicit RuleDice(std::uint64_t seed, std::uint64_t names = 0) : random_(seed), names_(names) {}

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

}  // namespace mcast::relay
