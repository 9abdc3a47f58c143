// Lists of rules and passages that the input chooses: whatever is decided is what the naive reading
// of the rules is, within the steps that were promised.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "mcast/assert.hpp"
#include "relay/rule_set.hpp"
#include "tests/fuzz/input.hpp"
#include "tests/unit/relay/naive_rules.hpp"
#include "tests/unit/relay/relay_world.hpp"

using namespace mcast;
using namespace mcast::relay;

namespace {

constexpr std::array<const char*, 8> kSelectors{"e0",        "e1", "wlan*",      "!e1",
                                                "type=wifi", "#3", "10.0.0.0/8", "*1"};
constexpr std::string_view kLetters = "ab*?";

// Up to seven letters; in names the wild ones are letters, too.
std::string word(fuzz::Input& input) {
    std::string text;
    for (std::uint8_t left = input.byte() & 7; left > 0; --left)
        text += kLetters[input.byte() & 3];
    return text;
}

Address address(fuzz::Input& input) {
    const std::uint8_t bits = input.byte();
    if ((bits & 0x80) == 0) return Address::ipv4(10, bits & 3, 0, input.byte());
    return Address::ipv6({0xfe, 0x80, bits, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, input.byte()});
}

Endpoint group(fuzz::Input& input, bool any_port) {
    const std::uint8_t bits = input.byte();
    const auto port = static_cast<std::uint16_t>(any_port && (bits & 1) != 0 ? 0 : 5000 + bits % 3);
    return {Address::ipv4(239, 0, 0, bits & 3), port};
}

Rule rule(fuzz::Input& input) {
    Rule rule;
    const std::uint8_t has = input.byte();
    if ((has & 1) != 0) rule.from.push_back(kSelectors[input.byte() & 7]);
    if ((has & 2) != 0) rule.to = {kSelectors[input.byte() & 7], kSelectors[input.byte() & 7]};
    if ((has & 4) != 0)
        rule.source = Network{address(input), static_cast<std::uint8_t>(input.byte() & 31)};
    if ((has & 8) != 0) rule.domain = word(input);
    if ((has & 16) != 0) rule.topic = word(input);
    if ((has & 32) != 0) rule.peer = (has & 128) != 0 ? "0000000000000001" : word(input);
    if ((has & 64) != 0) rule.group = group(input, true);
    rule.action = static_cast<RuleAction>(input.byte() % 3);
    return rule;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input({data, size});
    std::vector<Rule> rules;
    for (std::uint8_t left = input.byte(); left > 0 && !input.empty(); --left) {
        rules.push_back(rule(input));
        // Rules that would be refused are another test's.
        if (problem_of(rules.back())) rules.pop_back();
    }
    const auto set = RuleSet::compile(rules, Action::Drop);
    MCAST_ASSERT(set.has_value(), "these are fewer than kLookUpMax");
    MCAST_ASSERT(set->look_up_max() <= kLookUpMax, "the bound is kept to");
    while (!input.empty()) {
        Passage passage;
        passage.from = &world_interfaces()[input.byte() & 3];
        passage.to = &world_interfaces()[input.byte() & 3];
        passage.source = address(input);
        const std::string domain = word(input);
        const std::string topic = word(input);
        const std::string name = word(input);
        if (domain.empty()) {
            passage.group = group(input, false);
        } else {
            passage.domain = domain;
            passage.topic = topic;
            passage.peer = {input.byte() & 1u};
            passage.peer_name = name;
        }
        MCAST_ASSERT(set->decide(passage) == naive_verdict(rules, Action::Drop, passage),
                     "as the naive reading of the rules");
    }
    return 0;
}
