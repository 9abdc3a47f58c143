#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "mcast/result.hpp"
#include "mcast/time.hpp"
#include "relay/rate_limit.hpp"
#include "relay/rule.hpp"
#include "relay/rule_index.hpp"
#include "relay/rule_matcher.hpp"

namespace mcast::relay {

inline constexpr std::size_t kRulesMax = 10'000;
// Tables and rules that one decision may look at: what a list of rules must not exceed, whatever
// passes. Lists of exact names, prefixes, networks and groups stay far below it; a thousand globs
// that start and end with a `*` do not.
inline constexpr std::size_t kLookUpMax = 512;

// What a rule has decided since it was compiled, in datagrams and ways that they would go.
struct RuleUse {
    std::uint64_t hits = 0;
    std::uint64_t drops = 0;  // of these: it says drop, or its rate was exceeded
    Instant last_at{};
};

// What a list of rules says of one pair of interfaces, whatever these are called.
struct PairRules {
    std::uint64_t digest = 0;  // equal: the same rules count, in the same order
    bool passes = true;        // some of ours may
};

// A list of rules of which the first that matches decides. Immutable but for rates and counts.
class RuleSet {
public:
    RuleSet() = default;  // no rule: drops everything
    // Fails with one sentence that names the rule, or the limit and how to get below it.
    [[nodiscard]] static Result<RuleSet> compile(std::vector<Rule> rules, Action fallback);

    // What becomes of a passage. No allocation, at most look_up_max() steps.
    [[nodiscard]] Verdict decide(const Passage& passage) const;
    // Whether the rule's rate lets one more pass (or one more line be written); true for kNoRule
    // and rules without a rate.
    [[nodiscard]] bool take(Instant now, std::uint32_t rule);

    // Whether what was so decided passes now, by its rule's rate; counts it either way.
    [[nodiscard]] bool admit(Instant now, const Verdict& verdict);
    // Of a rule, or with kNoRule of the default.
    [[nodiscard]] const RuleUse& use(std::uint32_t rule) const {
        return uses_[rule == kNoRule ? rules_.size() : rule];
    }

    [[nodiscard]] const Rule& rule(std::uint32_t index) const { return rules_[index]; }
    [[nodiscard]] std::size_t size() const { return rules_.size(); }
    [[nodiscard]] Action fallback() const { return fallback_; }
    [[nodiscard]] PairRules between(const Interface& from, const Interface& to) const;
    // The worst of decide() for these rules; kLookUpMax or less.
    [[nodiscard]] std::size_t look_up_max() const;
    // Why a rule does not match: the first condition that is not met. None: it does.
    [[nodiscard]] Condition differs(std::uint32_t index, const Passage& passage) const {
        return matchers_[index].differs(passage);
    }

private:
    [[nodiscard]] Result<void> build_indices();

    std::vector<Rule> rules_;
    std::vector<RuleMatcher> matchers_;
    std::vector<std::uint64_t> digests_;  // of all that a rule says but for its interfaces
    std::vector<std::optional<RateLimit>> limits_;
    std::vector<RuleUse> uses_ = std::vector<RuleUse>(1);  // the last is the default's
    Action fallback_ = Action::Drop;
    RuleIndex all_;
    // Of what a datagram of ours without a topic can match: rules that differ in their topics only
    // are one here, or each announcement would be compared with all of them.
    RuleIndex without_topic_;
};

}  // namespace mcast::relay
