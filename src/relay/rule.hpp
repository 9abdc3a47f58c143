#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mcast/address.hpp"
#include "mcast/interface.hpp"
#include "mcast/peer.hpp"
#include "relay/rate_limit.hpp"

namespace mcast::relay {

// What becomes of something that could be carried.
enum class Action : std::uint8_t { Forward, Drop };

[[nodiscard]] std::string_view to_string(Action action);  // "forward", "drop"

// What a rule does with what it matches. Log writes a line and leaves the decision to the rules
// behind it.
enum class RuleAction : std::uint8_t { Forward, Drop, Log };

[[nodiscard]] std::string_view to_string(RuleAction action);  // "forward", "drop", "log"

// Addresses that share their first `length` bits with `address`.
struct Network {
    Address address;
    std::uint8_t length = 0;

    // "10.0.0.0/8", "fe80::/10"; a bare address is a /32 or /128. Empty for anything else.
    [[nodiscard]] static std::optional<Network> parse(std::string_view text);
    [[nodiscard]] bool contains(const Address& other) const {
        return other.shares_prefix(address, length);
    }
    friend bool operator==(const Network&, const Network&) = default;
};

[[nodiscard]] std::string to_string(const Network& network);

// Where something is written in a file; 0: nowhere. What stands elsewhere is not another thing, so
// all places are equal.
struct Line {
    std::uint32_t value = 0;

    friend constexpr bool operator==(Line, Line) { return true; }
};

// One rule as an operator writes it. It matches what all of its conditions match; a condition that
// is empty matches everything. Globs know `*` (any characters) and `?` (one).
struct Rule {
    // Interfaces in and out: one of the selectors that do not deny has to match and none that
    // denies; see InterfaceSelection. Whether the interface is up is not asked.
    std::vector<std::string> from{};
    std::vector<std::string> to{};
    std::optional<Network> source{};  // the sender's address as it arrives
    // Globs; of our own datagrams only. A `forward` rule with a topic matches also the datagrams
    // without a topic of its domain (announcements), without which nobody learns of the topic.
    std::string domain{};
    std::string topic{};
    // Of foreign datagrams only: an address and a port, or without a port all of them.
    std::optional<Endpoint> group{};
    // A glob over the origin's name, or 16 hex digits of its PeerId; of our own datagrams only.
    std::string peer{};
    // Forward: so many datagrams a second pass, the others are dropped. Log: so many lines. 0: not
    // limited, or for Log kLogRate.
    std::uint32_t rate = 0;
    std::uint32_t burst = 0;  // so many at once; 0: a tenth of the rate, but at least one
    RuleAction action = RuleAction::Forward;
    Line line{};  // for messages

    friend bool operator==(const Rule&, const Rule&) = default;
};

// Lines a second of a `log` rule that names no rate.
inline constexpr std::uint32_t kLogRate = 10;
inline constexpr std::uint32_t kRateMax = RateLimit::kRateMax;

// What is wrong with a rule as a whole: conditions that exclude each other, a rate where none is
// kept to.
struct RuleProblem {
    std::string_view key;  // the one to change
    std::string what;      // with how to mend it
};
[[nodiscard]] std::optional<RuleProblem> problem_of(const Rule& rule);

// "pad-*" is a glob, 16 hex digits are an id.
[[nodiscard]] std::optional<PeerId> parse_peer_id(std::string_view text);

// What is about to be carried, from one interface to one other.
struct Passage {
    const Interface* from = nullptr;  // null: no interface, such as a static peer's
    const Interface* to = nullptr;
    Address source;           // of the datagram as it arrived
    std::string_view domain;  // name; empty: foreign
    std::string_view topic;   // empty: none (announcements, foreign)
    Endpoint group;           // of foreign ones; port 0 otherwise
    PeerId peer;              // origin of ours
    std::string_view peer_name;
};

// No rule: the default decided.
inline constexpr std::uint32_t kNoRule = 0xffff'ffff;

struct Verdict {
    Action action = Action::Drop;
    std::uint32_t rule = kNoRule;      // index of the rule that decided
    std::uint32_t log_rule = kNoRule;  // of the first `log` rule that matched before it
    // Whether the rule's rate counts it. Not what has no topic: a stream that takes all of a rate
    // must not make its publisher look dead.
    bool rated = true;

    friend bool operator==(const Verdict&, const Verdict&) = default;
};

}  // namespace mcast::relay
