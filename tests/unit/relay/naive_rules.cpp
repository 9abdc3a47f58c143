#include "tests/unit/relay/naive_rules.hpp"

#include <cstddef>
#include <string>

namespace mcast::relay {
namespace {

// The selectors that the tests use: a name or glob, type=wifi, #index and a network.
bool selector_matches(std::string_view selector, const Interface& interface) {
    if (selector == "type=wifi") return interface.kind == InterfaceKind::Wifi;
    if (selector.starts_with('#'))
        return std::to_string(interface.index.value) == selector.substr(1);
    if (selector.find('/') != std::string_view::npos) {
        const Network network = Network::parse(selector).value();
        for (const InterfaceAddress& address : interface.addresses)
            if (address.address.shares_prefix(network.address, network.length)) return true;
        return false;
    }
    return naive_glob(selector, interface.name);
}

bool interface_matches(const std::vector<std::string>& selectors, const Interface* interface) {
    if (selectors.empty()) return true;
    if (interface == nullptr) return false;
    bool all_deny = true;
    bool chosen = false;
    for (const std::string& selector : selectors) {
        const bool denies = selector.starts_with('!');
        all_deny = all_deny && denies;
        const bool matches =
            selector_matches(std::string_view(selector).substr(denies ? 1 : 0), *interface);
        if (denies && matches) return false;
        chosen = chosen || matches;
    }
    return all_deny || chosen;
}

bool is_id(std::string_view text) {
    return text.size() == 16 &&
           text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool ours_matches(const Rule& rule, const Passage& passage) {
    if (rule.group) return false;
    if (!rule.domain.empty() && !naive_glob(rule.domain, passage.domain)) return false;
    if (!rule.topic.empty()) {
        const bool announcement = passage.topic.empty();
        if (announcement && rule.action != RuleAction::Forward) return false;
        if (!announcement && !naive_glob(rule.topic, passage.topic)) return false;
    }
    if (rule.peer.empty()) return true;
    return is_id(rule.peer) ? rule.peer == to_string(passage.peer)
                            : naive_glob(rule.peer, passage.peer_name);
}

bool foreign_matches(const Rule& rule, const Passage& passage) {
    if (!rule.domain.empty() || !rule.topic.empty() || !rule.peer.empty()) return false;
    if (!rule.group) return true;
    return rule.group->address == passage.group.address &&
           (rule.group->port == 0 || rule.group->port == passage.group.port);
}

}  // namespace

bool naive_glob(std::string_view glob, std::string_view text) {
    if (glob.empty()) return text.empty();
    if (glob.front() == '*') {
        for (std::size_t skipped = 0; skipped <= text.size(); ++skipped)
            if (naive_glob(glob.substr(1), text.substr(skipped))) return true;
        return false;
    }
    if (text.empty() || (glob.front() != '?' && glob.front() != text.front())) return false;
    return naive_glob(glob.substr(1), text.substr(1));
}

bool naive_match(const Rule& rule, const Passage& passage) {
    if (!interface_matches(rule.from, passage.from)) return false;
    if (!interface_matches(rule.to, passage.to)) return false;
    if (rule.source && !passage.source.shares_prefix(rule.source->address, rule.source->length))
        return false;
    return passage.domain.empty() ? foreign_matches(rule, passage) : ours_matches(rule, passage);
}

Verdict naive_verdict(const std::vector<Rule>& rules, Action fallback, const Passage& passage) {
    const bool rated = passage.domain.empty() || !passage.topic.empty();
    Verdict verdict{fallback, kNoRule, kNoRule, rated};
    for (std::uint32_t i = 0; i < rules.size(); ++i) {
        if (!naive_match(rules[i], passage)) continue;
        if (rules[i].action != RuleAction::Log) {
            verdict.action =
                rules[i].action == RuleAction::Forward ? Action::Forward : Action::Drop;
            verdict.rule = i;
            return verdict;
        }
        if (verdict.log_rule == kNoRule) verdict.log_rule = i;
    }
    return verdict;
}

}  // namespace mcast::relay
