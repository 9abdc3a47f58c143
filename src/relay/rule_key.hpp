#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "relay/rule.hpp"
#include "relay/rule_matcher.hpp"

namespace mcast::relay {

// A part of a passage that a rule may name exactly, and of how many bytes (bits, of a source).
struct KeyKind {
    enum class Part : std::uint8_t {
        Domain,
        Topic,
        TopicPrefix,  // of globs, what every match starts with
        TopicSuffix,
        Group,
        GroupAddress,  // of rules that name no port
        Peer,
        PeerName,
        PeerPrefix,
        PeerSuffix,
        Source4,
        Source6,
        From,
        To,
    } part = Part::Domain;
    std::uint8_t length = 0;

    friend constexpr auto operator<=>(const KeyKind&, const KeyKind&) = default;
};

// The hash of one such part. Rules under another key of the same kind cannot match; those under the
// same one may, since hashes can collide.
struct RuleKey {
    KeyKind kind;
    std::uint64_t hash = 0;

    friend constexpr auto operator<=>(const RuleKey&, const RuleKey&) = default;
};

// All keys that a rule can be filed under. Not the topic's for datagrams that have no topic.
[[nodiscard]] std::vector<RuleKey> keys_of(const RuleMatcher& rule, bool with_topic);

// What a passage has for this kind of key; empty: no rule with such a key matches it.
[[nodiscard]] std::optional<std::uint64_t> hash_of(KeyKind kind, const Passage& passage);

}  // namespace mcast::relay
