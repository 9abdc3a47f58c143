#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "relay/rule_key.hpp"
#include "relay/rule_matcher.hpp"

namespace mcast::relay {

// Files rules so that a look-up compares few of them, whatever passes. A tree: each node looks one
// part of the passage up in a hash table and goes on in the branch of the rules that name just
// this; then to the rules that do not name that part. Leaves are short lists in the rules' order.
class RuleIndex {
public:
    RuleIndex() = default;
    // Of these rules, ascending indices into `matchers`. Takes the part that splits the rules best
    // first; stops when `cost_max` is exceeded, and cost() then says so.
    RuleIndex(std::span<const RuleMatcher> matchers, std::vector<std::uint32_t> rules,
              bool with_topics, std::size_t cost_max);

    // Tables and rules that one look-up visits, at most.
    [[nodiscard]] std::size_t cost() const { return cost_; }

    // Calls decides(rule) for rules that may match, and finds the lowest for which it says true:
    // `first`, kNoRule at the start. Rules behind that one may be left out; there is no other
    // order.
    template <typename Decides>
    void search(const Passage& passage, std::uint32_t& first, Decides&& decides) const {
        if (!nodes_.empty()) search(0, passage, first, decides);
    }

private:
    static constexpr std::uint32_t kNone = 0xffff'ffff;
    // Below this, comparing them all is cheaper than another table.
    static constexpr std::size_t kLeafMax = 4;

    struct Node {
        KeyKind kind;
        bool leaf = false;
        std::uint32_t first_rule = 0;  // the lowest below this node
        std::uint32_t begin = 0;       // of its slots, or of a leaf's rules
        std::uint32_t count = 0;       // a power of two, or a leaf's rules
        std::uint32_t rest = kNone;    // rules without such a key
    };
    struct Slot {
        std::uint64_t hash = 0;
        std::uint32_t node = kNone;
    };
    // A rule under one of its keys.
    struct Entry {
        RuleKey key;
        std::uint32_t rule = 0;
    };
    struct Split {
        KeyKind kind;
        std::size_t left = 0;  // rules to go on with, at most, for any passage
    };
    struct Built {
        std::uint32_t node = kNone;
        std::size_t cost = 0;
    };

    [[nodiscard]] Built build(std::vector<std::uint32_t> rules);
    [[nodiscard]] Built add_leaf(const std::vector<std::uint32_t>& rules);
    [[nodiscard]] std::size_t add_branches(std::uint32_t node, std::span<const Entry> entries);
    [[nodiscard]] std::vector<Entry> entries_of(std::span<const std::uint32_t> rules) const;
    [[nodiscard]] static Split best_split(std::span<const Entry> entries, std::size_t rule_count);
    [[nodiscard]] std::uint32_t branch(const Node& node, std::uint64_t hash) const {
        for (std::uint64_t i = hash;; ++i) {
            const Slot& slot = slots_[node.begin + (i & (node.count - 1))];
            if (slot.hash == hash || slot.node == kNone) return slot.node;
        }
    }

    template <typename Decides>
    void search(std::uint32_t at, const Passage& passage, std::uint32_t& first,
                Decides& decides) const {
        for (; at != kNone && nodes_[at].first_rule < first; at = nodes_[at].rest) {
            const Node& node = nodes_[at];
            if (node.leaf) return search_leaf(node, first, decides);
            if (const auto hash = hash_of(node.kind, passage)) {
                const std::uint32_t found = branch(node, *hash);
                if (found != kNone) search(found, passage, first, decides);
            }
        }
    }
    template <typename Decides>
    void search_leaf(const Node& leaf, std::uint32_t& first, Decides& decides) const {
        for (std::uint32_t i = leaf.begin; i < leaf.begin + leaf.count; ++i) {
            if (rules_[i] >= first) return;
            if (decides(rules_[i])) first = rules_[i];
        }
    }

    std::vector<Node> nodes_;
    std::vector<Slot> slots_;
    std::vector<std::uint32_t> rules_;  // of leaves
    std::size_t cost_ = 0;

    // While it is built.
    std::vector<std::vector<RuleKey>> keys_;  // of each rule
    std::vector<bool> filed_;                 // each rule, by the node under construction
    std::size_t cost_max_ = 0;
};

}  // namespace mcast::relay
