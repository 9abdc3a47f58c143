#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "mcast/interface.hpp"
#include "mcast/peer.hpp"
#include "mcast/result.hpp"
#include "relay/glob.hpp"
#include "relay/rule.hpp"

namespace mcast::relay {

// The conditions of a rule, by the key that a user writes them under.
enum class Condition : std::uint8_t { None, From, To, Source, Domain, Topic, Group, Peer };

[[nodiscard]] std::string_view to_string(Condition condition);  // "from", "to", …

// A rule's conditions, ready to be compared with what passes.
class RuleMatcher {
public:
    // Fails on a malformed selector and where problem_of() finds something, with one sentence that
    // starts with the key.
    [[nodiscard]] static Result<RuleMatcher> compile(const Rule& rule);

    // The first condition that does not match, the cheap ones first; None: the rule matches.
    [[nodiscard]] Condition differs(const Passage& passage) const;
    [[nodiscard]] bool matches(const Passage& passage) const {
        return differs(passage) == Condition::None;
    }

    // Whether it can match what goes from one of these interfaces to the other.
    [[nodiscard]] bool joins(const Interface& from, const Interface& to) const {
        return (any_from_ || from_.matches(from)) && (any_to_ || to_.matches(to));
    }

    // What the index files rules under.
    [[nodiscard]] const InterfaceSelection& from() const { return from_; }
    [[nodiscard]] const InterfaceSelection& to() const { return to_; }
    [[nodiscard]] const std::optional<Network>& source() const { return source_; }
    [[nodiscard]] const Glob& domain() const { return domain_; }
    [[nodiscard]] const Glob& topic() const { return topic_; }
    [[nodiscard]] const std::optional<Endpoint>& group() const { return group_; }
    [[nodiscard]] PeerId peer() const { return peer_; }
    [[nodiscard]] const Glob& peer_name() const { return peer_name_; }

private:
    [[nodiscard]] Condition differs_in_ours(const Passage& passage) const;
    [[nodiscard]] Condition differs_in_foreign(const Passage& passage) const;

    InterfaceSelection from_;
    InterfaceSelection to_;
    bool any_from_ = true;
    bool any_to_ = true;
    // Whether it stands for datagrams without a topic, too, though it names one.
    bool announces_ = false;
    std::optional<Network> source_;
    Glob domain_;
    Glob topic_;
    std::optional<Endpoint> group_;
    PeerId peer_;
    Glob peer_name_;
};

}  // namespace mcast::relay
