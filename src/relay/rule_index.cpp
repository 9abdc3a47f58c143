#include "relay/rule_index.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace mcast::relay {

RuleIndex::RuleIndex(std::span<const RuleMatcher> matchers, std::vector<std::uint32_t> rules,
                     bool with_topics, std::size_t cost_max)
    : filed_(matchers.size()), cost_max_(cost_max) {
    if (rules.empty()) return;
    keys_.resize(matchers.size());
    for (const std::uint32_t rule : rules)
        keys_[rule] = keys_of(matchers[rule], with_topics);
    cost_ = build(std::move(rules)).cost;
    keys_ = {};
    filed_ = {};
}

std::vector<RuleIndex::Entry> RuleIndex::entries_of(std::span<const std::uint32_t> rules) const {
    std::vector<Entry> entries;
    for (const std::uint32_t rule : rules)
        for (const RuleKey& key : keys_[rule])
            entries.push_back({key, rule});
    std::sort(entries.begin(), entries.end(), [](const Entry& one, const Entry& other) {
        return one.key != other.key ? one.key < other.key : one.rule < other.rule;
    });
    return entries;
}

RuleIndex::Split RuleIndex::best_split(std::span<const Entry> entries, std::size_t rule_count) {
    Split best{{}, rule_count};
    std::size_t at = 0;
    while (at < entries.size()) {
        const KeyKind kind = entries[at].key.kind;
        std::size_t covered = 0;
        std::size_t longest = 0;
        while (at < entries.size() && entries[at].key.kind == kind) {
            const std::size_t begin = at;
            while (at < entries.size() && entries[at].key == entries[begin].key)
                ++at;
            longest = std::max(longest, at - begin);
            covered += at - begin;
        }
        const std::size_t left = longest + (rule_count - covered);
        if (left < best.left) best = {kind, left};
    }
    return best;
}

RuleIndex::Built RuleIndex::add_leaf(const std::vector<std::uint32_t>& rules) {
    Node leaf;
    leaf.leaf = true;
    leaf.first_rule = rules.front();
    leaf.begin = static_cast<std::uint32_t>(rules_.size());
    leaf.count = static_cast<std::uint32_t>(rules.size());
    rules_.insert(rules_.end(), rules.begin(), rules.end());
    nodes_.push_back(leaf);
    return {static_cast<std::uint32_t>(nodes_.size() - 1), rules.size()};
}

// Fills the node's table with a branch for each key of `entries`, which are of one kind and sorted;
// returns what the dearest of them costs.
std::size_t RuleIndex::add_branches(std::uint32_t node, std::span<const Entry> entries) {
    std::vector<Slot> branches;
    std::size_t dearest = 0;
    for (std::size_t at = 0; at < entries.size();) {
        const RuleKey key = entries[at].key;
        std::vector<std::uint32_t> rules;
        for (; at < entries.size() && entries[at].key == key; ++at)
            rules.push_back(entries[at].rule);
        const Built built = build(std::move(rules));
        dearest = std::max(dearest, built.cost);
        branches.push_back({key.hash, built.node});
    }
    // At most half full, so that a search for what is not there ends soon.
    const std::size_t size = std::bit_ceil(branches.size() * 2);
    nodes_[node].begin = static_cast<std::uint32_t>(slots_.size());
    nodes_[node].count = static_cast<std::uint32_t>(size);
    slots_.resize(slots_.size() + size);
    for (const Slot& branch : branches) {
        std::uint64_t i = branch.hash;
        while (slots_[nodes_[node].begin + (i & (size - 1))].node != kNone)
            ++i;
        slots_[nodes_[node].begin + (i & (size - 1))] = branch;
    }
    return dearest;
}

// A chain of tables, each for those rules that the ones before had no key for. Recursion is only as
// deep as a rule has keys, since all rules of a branch share the one that led there.
RuleIndex::Built RuleIndex::build(std::vector<std::uint32_t> rules) {
    std::vector<Entry> entries = entries_of(rules);
    Built chain;
    std::uint32_t last = kNone;
    while (!rules.empty() && chain.cost <= cost_max_) {
        const Split split = best_split(entries, rules.size());
        Built next;
        const bool leaf = rules.size() <= kLeafMax || split.left + 1 >= rules.size();
        if (leaf) {
            next = add_leaf(rules);
            rules.clear();
        } else {
            Node node;
            node.kind = split.kind;
            node.first_rule = rules.front();
            nodes_.push_back(node);
            next.node = static_cast<std::uint32_t>(nodes_.size() - 1);
            const auto of_kind = [&](const Entry& entry) { return entry.key.kind == split.kind; };
            const auto begin = std::find_if(entries.begin(), entries.end(), of_kind);
            const std::vector<Entry> filed(begin, std::find_if_not(begin, entries.end(), of_kind));
            next.cost = 1 + add_branches(next.node, filed);
            for (const Entry& entry : filed)
                filed_[entry.rule] = true;
            std::erase_if(entries, [&](const Entry& entry) { return filed_[entry.rule]; });
            std::erase_if(rules, [&](std::uint32_t rule) { return filed_[rule]; });
            for (const Entry& entry : filed)
                filed_[entry.rule] = false;
        }
        chain.cost += next.cost;
        if (last == kNone)
            chain.node = next.node;
        else
            nodes_[last].rest = next.node;
        last = next.node;
    }
    return chain;
}

}  // namespace mcast::relay
