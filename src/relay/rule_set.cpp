#include "relay/rule_set.hpp"

#include <algorithm>
#include <numeric>
#include <string>
#include <unordered_set>
#include <utility>

#include "base/hash.hpp"

namespace mcast::relay {
namespace {

std::string name_of(const Rule& rule, std::size_t index) {
    const std::string number = "rule " + std::to_string(index + 1);
    return rule.line.value == 0 ? number
                                : number + " (line " + std::to_string(rule.line.value) + ")";
}

std::optional<RateLimit> limit_of(const Rule& rule) {
    if (rule.rate != 0) return RateLimit(rule.rate, rule.burst);
    if (rule.action == RuleAction::Log) return RateLimit(kLogRate, kLogRate);
    return std::nullopt;
}

// Equal for rules that match the same datagrams without a topic, and of which the second therefore
// never decides (or logs). No name has an end of string in it.
std::string without_topic(const Rule& rule) {
    std::string text = rule.action == RuleAction::Log ? "log" : "";
    const auto add = [&text](const std::string& part) { text += '\0' + part; };
    for (const std::string& selector : rule.from)
        add(selector);
    text += '\0';
    for (const std::string& selector : rule.to)
        add(selector);
    text += '\0';
    add(rule.source ? to_string(*rule.source) : "");
    add(rule.domain);
    add(rule.group ? to_string(*rule.group) : "");
    add(rule.peer);
    return text;
}

std::uint64_t digest_of(const Rule& rule) {
    Hash hash;
    const auto add = [&](std::string_view part) { hash.add(part).add(std::byte{}); };
    add(to_string(rule.action));
    add(rule.source ? to_string(*rule.source) : "");
    add(rule.domain);
    add(rule.topic);
    add(rule.group ? to_string(*rule.group) : "");
    add(rule.peer);
    add(std::to_string(rule.rate));
    add(std::to_string(rule.burst));
    return hash.value();
}

std::vector<std::uint32_t> rules_without_topic(const std::vector<Rule>& rules) {
    std::vector<std::uint32_t> chosen;
    std::unordered_set<std::string> seen;
    for (std::size_t i = 0; i < rules.size(); ++i) {
        if (!rules[i].topic.empty() && rules[i].action != RuleAction::Forward) continue;
        if (seen.insert(without_topic(rules[i])).second)
            chosen.push_back(static_cast<std::uint32_t>(i));
    }
    return chosen;
}

}  // namespace

Result<RuleSet> RuleSet::compile(std::vector<Rule> rules, Action fallback) {
    if (rules.size() > kRulesMax)
        return Error{ErrorCode::LimitReached, 0,
                     std::to_string(rules.size()) + " rules; the limit is " +
                         std::to_string(kRulesMax) +
                         " (globs and networks let one rule say what many do)"};
    RuleSet set;
    set.fallback_ = fallback;
    set.matchers_.reserve(rules.size());
    set.limits_.reserve(rules.size());
    set.digests_.reserve(rules.size());
    for (std::size_t i = 0; i < rules.size(); ++i) {
        Result<RuleMatcher> matcher = RuleMatcher::compile(rules[i]);
        if (!matcher) return matcher.error().within(name_of(rules[i], i));
        set.matchers_.push_back(std::move(*matcher));
        set.limits_.push_back(limit_of(rules[i]));
        set.digests_.push_back(digest_of(rules[i]));
    }
    set.uses_.resize(rules.size() + 1);
    set.rules_ = std::move(rules);
    if (Result<void> built = set.build_indices(); !built) return built.error();
    return set;
}

Result<void> RuleSet::build_indices() {
    std::vector<std::uint32_t> all(rules_.size());
    std::iota(all.begin(), all.end(), 0u);
    all_ = RuleIndex(matchers_, std::move(all), true, kLookUpMax);
    without_topic_ = RuleIndex(matchers_, rules_without_topic(rules_), false, kLookUpMax);
    if (look_up_max() <= kLookUpMax) return {};
    return Error{ErrorCode::LimitReached, 0,
                 "the rules are too much alike: a datagram could have to be compared with more "
                 "than " +
                     std::to_string(kLookUpMax) +
                     " of them, which is the limit; let more of them name what tells them apart: "
                     "a topic, peer or group without a leading '*', a network, one interface"};
}

PairRules RuleSet::between(const Interface& from, const Interface& to) const {
    PairRules said{split_mix(static_cast<std::uint64_t>(fallback_)), fallback_ == Action::Forward};
    for (std::size_t i = 0; i < rules_.size(); ++i) {
        if (!matchers_[i].joins(from, to)) continue;
        said.digest = split_mix(said.digest ^ digests_[i]);
        said.passes = said.passes || (rules_[i].action == RuleAction::Forward && !rules_[i].group);
    }
    return said;
}

std::size_t RuleSet::look_up_max() const {
    return std::max(all_.cost(), without_topic_.cost());
}

Verdict RuleSet::decide(const Passage& passage) const {
    std::uint32_t logs = kNoRule;
    const auto decides = [&](std::uint32_t index) {
        const bool log = rules_[index].action == RuleAction::Log;
        if (log && index > logs) return false;
        if (!matchers_[index].matches(passage)) return false;
        if (log) logs = index;
        return !log;
    };
    std::uint32_t first = kNoRule;
    const bool announcement = !passage.domain.empty() && passage.topic.empty();
    (announcement ? without_topic_ : all_).search(passage, first, decides);
    if (first == kNoRule) return {fallback_, kNoRule, logs, !announcement};
    return {rules_[first].action == RuleAction::Forward ? Action::Forward : Action::Drop, first,
            logs < first ? logs : kNoRule, !announcement};
}

bool RuleSet::admit(Instant now, const Verdict& verdict) {
    RuleUse& use = uses_[verdict.rule == kNoRule ? rules_.size() : verdict.rule];
    ++use.hits;
    use.last_at = now;
    const bool passes =
        verdict.action == Action::Forward && (!verdict.rated || take(now, verdict.rule));
    if (!passes) ++use.drops;
    return passes;
}

bool RuleSet::take(Instant now, std::uint32_t rule) {
    return rule == kNoRule || !limits_[rule] || limits_[rule]->take(now);
}

}  // namespace mcast::relay
