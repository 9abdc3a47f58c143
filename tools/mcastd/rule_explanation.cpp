#include "tools/mcastd/rule_explanation.hpp"

#include <array>
#include <cstdint>

#include "tools/mcast/text.hpp"
#include "tools/mcastd/setting.hpp"

namespace mcastd {
namespace {

using mcast::relay::Condition;
using mcast::relay::kNoRule;
using mcast::relay::Passage;
using mcast::relay::Rule;
using mcast::relay::RuleSet;
using mcast::relay::Verdict;

constexpr std::size_t kConditions = 8;

std::string name_of(const Rule& rule, std::uint32_t index, const std::string& file) {
    std::string name = "rule " + std::to_string(index + 1);
    if (rule.line.value != 0)
        name += " (" + mcast::cli::printable(file) + ":" + std::to_string(rule.line.value) + ")";
    return name;
}

std::string selectors(const std::vector<std::string>& list) {
    return list.size() == 1 ? quoted_toml(list.front()) : quoted_toml(list);
}

// A condition as the rule has it: `topic = "input*"`.
std::string condition_of(const Rule& rule, Condition condition) {
    const std::string key = std::string(to_string(condition)) + " = ";
    switch (condition) {
        case Condition::From:
            return key + selectors(rule.from);
        case Condition::To:
            return key + selectors(rule.to);
        case Condition::Source:
            return key + quoted_toml(rule.source ? to_string(*rule.source) : "");
        case Condition::Domain:
            return key + quoted_toml(rule.domain);
        case Condition::Topic:
            return key + quoted_toml(rule.topic);
        case Condition::Group:
            return key + quoted_toml(!rule.group             ? ""
                                     : rule.group->port == 0 ? to_string(rule.group->address)
                                                             : to_string(*rule.group));
        case Condition::Peer:
            return key + quoted_toml(rule.peer);
        case Condition::None:
            break;
    }
    return {};
}

// What the passage has instead.
std::string seen(const Passage& passage, Condition condition) {
    const bool foreign = passage.domain.empty();
    const auto interface = [](const mcast::Interface* one) {
        return one == nullptr ? std::string("no interface") : one->name;
    };
    switch (condition) {
        case Condition::From:
            return "it comes from " + interface(passage.from);
        case Condition::To:
            return "it goes to " + interface(passage.to);
        case Condition::Source:
            return passage.source.family() == mcast::Family::None
                       ? "its source is not known"
                       : "its source is " + to_string(passage.source);
        case Condition::Domain:
            return foreign ? "it is foreign" : "its domain is " + std::string(passage.domain);
        case Condition::Topic:
            return foreign                 ? "it is foreign"
                   : passage.topic.empty() ? "it has no topic"
                                           : "its topic is " + std::string(passage.topic);
        case Condition::Group:
            return foreign ? "its group is " + to_string(passage.group) : "it is libmcast's own";
        case Condition::Peer:
            if (foreign) return "it is foreign";
            if (!passage.peer_name.empty()) return "its peer is " + std::string(passage.peer_name);
            return passage.peer ? "its peer is " + to_string(passage.peer)
                                : "its peer is not known";
        case Condition::None:
            break;
    }
    return {};
}

std::string rate_of(const Rule& rule) {
    return rule.rate == 0 ? "" : ", at most " + std::to_string(rule.rate) + " a second";
}

std::string headline(const RuleSet& rules, const Passage& passage, const Verdict& verdict,
                     const std::string& file) {
    const auto interface = [](const mcast::Interface* one) {
        return one == nullptr ? std::string("-") : one->name;
    };
    std::string text = interface(passage.from) + " to " + interface(passage.to) + ": ";
    if (verdict.rule == kNoRule && passage.domain.empty())
        return text + "forward where a [[foreign]] carries it, since no rule decides\n";
    text += to_string(verdict.action);
    if (verdict.rule == kNoRule) return text + ", since no rule decides and this is the default\n";
    const Rule& rule = rules.rule(verdict.rule);
    return text + " by " + name_of(rule, verdict.rule, file) + rate_of(rule) + "\n";
}

}  // namespace

std::string explain(const RuleSet& rules, const Passage& passage, const std::string& file) {
    const Verdict verdict = rules.decide(passage);
    std::string text = headline(rules, passage, verdict, file);
    const auto end =
        verdict.rule == kNoRule ? static_cast<std::uint32_t>(rules.size()) : verdict.rule;
    std::size_t told = 0;
    std::array<std::size_t, kConditions> others{};  // by the condition that differs
    for (std::uint32_t i = 0; i < end; ++i) {
        const Rule& rule = rules.rule(i);
        const Condition condition = rules.differs(i, passage);
        const bool logs = condition == Condition::None;  // it would have decided otherwise
        if (logs) {
            text += "  " + name_of(rule, i, file) + " matches: log" + rate_of(rule) +
                    (i == verdict.log_rule ? "" : ", but an earlier one has logged it") + "\n";
        } else if (told < kReasonsMax) {
            ++told;
            text += "  " + name_of(rule, i, file) +
                    " does not match: " + condition_of(rule, condition) + ", and " +
                    seen(passage, condition) + "\n";
        } else {
            ++others[static_cast<std::size_t>(condition)];
        }
    }
    std::string summed;
    std::size_t count = 0;
    for (std::size_t i = 0; i < others.size(); ++i) {
        if (others[i] == 0) continue;
        count += others[i];
        summed += (summed.empty() ? "" : ", ") + std::string(to_string(static_cast<Condition>(i))) +
                  " " + std::to_string(others[i]);
    }
    if (count != 0)
        text +=
            "  and " + std::to_string(count) + " more do not match, for their: " + summed + "\n";
    return text;
}

}  // namespace mcastd
