#include "relay/rule_key.hpp"

#include <cstddef>
#include <span>
#include <string_view>

#include "base/hash.hpp"

namespace mcast::relay {
namespace {

using Part = KeyKind::Part;

std::uint64_t hash_prefix(const Address& address, unsigned bits) {
    Hash hash;
    const std::span<const std::uint8_t> bytes = address.bytes();
    for (std::size_t i = 0; i < bits / 8; ++i)
        hash.add(static_cast<std::byte>(bytes[i]));
    const unsigned rest = bits % 8;
    if (rest != 0) hash.add(static_cast<std::byte>(bytes[bits / 8] >> (8 - rest)));
    return hash.value();
}

std::uint64_t hash_endpoint(const Endpoint& endpoint) {
    const auto bits = static_cast<unsigned>(endpoint.address.bytes().size() * 8);
    return split_mix(hash_prefix(endpoint.address, bits) + endpoint.port);
}

// The parts under which a glob is filed: whole, or the longer of its ends.
struct GlobParts {
    Part whole;
    Part prefix;
    Part suffix;
};

void add_glob(std::vector<RuleKey>& keys, const Glob& glob, GlobParts parts) {
    if (glob.empty()) return;
    if (glob.is_literal()) {
        keys.push_back({{parts.whole, 0}, hash(glob.text())});
        return;
    }
    const bool starts = glob.prefix().size() >= glob.suffix().size();
    const std::string_view end = starts ? glob.prefix() : glob.suffix();
    if (end.empty()) return;
    keys.push_back(
        {{starts ? parts.prefix : parts.suffix, static_cast<std::uint8_t>(end.size())}, hash(end)});
}

std::optional<std::uint64_t> hash_text(std::string_view text) {
    if (text.empty()) return std::nullopt;
    return hash(text);
}

std::optional<std::uint64_t> hash_start(std::string_view text, std::size_t length) {
    if (text.size() < length) return std::nullopt;
    return hash(text.substr(0, length));
}

std::optional<std::uint64_t> hash_end(std::string_view text, std::size_t length) {
    if (text.size() < length) return std::nullopt;
    return hash(text.substr(text.size() - length));
}

std::optional<std::uint64_t> hash_source(Family family, const Address& source, unsigned bits) {
    if (source.family() != family) return std::nullopt;
    return hash_prefix(source, bits);
}

std::optional<std::uint64_t> hash_name(const Interface* interface) {
    if (interface == nullptr) return std::nullopt;
    return hash(interface->name);
}

}  // namespace

std::vector<RuleKey> keys_of(const RuleMatcher& rule, bool with_topic) {
    std::vector<RuleKey> keys;
    if (rule.domain().is_literal() && !rule.domain().empty())
        keys.push_back({{Part::Domain, 0}, hash(rule.domain().text())});
    if (with_topic)
        add_glob(keys, rule.topic(), {Part::Topic, Part::TopicPrefix, Part::TopicSuffix});
    if (const auto& group = rule.group()) {
        const Part part = group->port == 0 ? Part::GroupAddress : Part::Group;
        keys.push_back({{part, 0}, hash_endpoint(*group)});
    }
    if (rule.peer()) keys.push_back({{Part::Peer, 0}, split_mix(rule.peer().value)});
    add_glob(keys, rule.peer_name(), {Part::PeerName, Part::PeerPrefix, Part::PeerSuffix});
    if (const auto& source = rule.source()) {
        const Part part = source->address.family() == Family::Ipv4 ? Part::Source4 : Part::Source6;
        keys.push_back({{part, source->length}, hash_prefix(source->address, source->length)});
    }
    if (const auto name = rule.from().sole_name(); !name.empty())
        keys.push_back({{Part::From, 0}, hash(name)});
    if (const auto name = rule.to().sole_name(); !name.empty())
        keys.push_back({{Part::To, 0}, hash(name)});
    return keys;
}

std::optional<std::uint64_t> hash_of(KeyKind kind, const Passage& passage) {
    const bool foreign = passage.domain.empty();
    switch (kind.part) {
        case Part::Domain:
            return hash_text(passage.domain);
        case Part::Topic:
            return hash_text(passage.topic);
        case Part::TopicPrefix:
            return hash_start(passage.topic, kind.length);
        case Part::TopicSuffix:
            return hash_end(passage.topic, kind.length);
        case Part::Group:
            return foreign ? std::optional(hash_endpoint(passage.group)) : std::nullopt;
        case Part::GroupAddress:
            return foreign ? std::optional(hash_endpoint({passage.group.address, 0}))
                           : std::nullopt;
        case Part::Peer:
            return passage.peer ? std::optional(split_mix(passage.peer.value)) : std::nullopt;
        case Part::PeerName:
            return hash_text(passage.peer_name);
        case Part::PeerPrefix:
            return hash_start(passage.peer_name, kind.length);
        case Part::PeerSuffix:
            return hash_end(passage.peer_name, kind.length);
        case Part::Source4:
            return hash_source(Family::Ipv4, passage.source, kind.length);
        case Part::Source6:
            return hash_source(Family::Ipv6, passage.source, kind.length);
        case Part::From:
            return hash_name(passage.from);
        case Part::To:
            break;
    }
    return hash_name(passage.to);
}

}  // namespace mcast::relay
