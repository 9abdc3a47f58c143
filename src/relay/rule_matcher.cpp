#include "relay/rule_matcher.hpp"

#include <array>
#include <string>
#include <utility>

namespace mcast::relay {
namespace {

constexpr std::array<std::string_view, 8> kConditions{"",       "from",  "to",    "source",
                                                      "domain", "topic", "group", "peer"};

bool on_interface(const InterfaceSelection& selection, const Interface* interface) {
    return interface != nullptr && selection.matches(*interface);
}

}  // namespace

std::string_view to_string(Condition condition) {
    return kConditions[static_cast<std::size_t>(condition)];
}

Result<RuleMatcher> RuleMatcher::compile(const Rule& rule) {
    if (const auto problem = problem_of(rule))
        return Error{ErrorCode::InvalidArgument, 0,
                     std::string(problem->key) + ": " + problem->what};
    Result<InterfaceSelection> from = InterfaceSelection::parse(rule.from);
    if (!from) return from.error().within("from");
    Result<InterfaceSelection> to = InterfaceSelection::parse(rule.to);
    if (!to) return to.error().within("to");
    RuleMatcher matcher;
    matcher.from_ = std::move(*from);
    matcher.to_ = std::move(*to);
    matcher.any_from_ = rule.from.empty();
    matcher.any_to_ = rule.to.empty();
    matcher.announces_ = rule.action == RuleAction::Forward;
    matcher.source_ = rule.source;
    matcher.domain_ = Glob(rule.domain);
    matcher.topic_ = Glob(rule.topic);
    matcher.group_ = rule.group;
    if (const std::optional<PeerId> id = parse_peer_id(rule.peer))
        matcher.peer_ = *id;
    else
        matcher.peer_name_ = Glob(rule.peer);
    return matcher;
}

Condition RuleMatcher::differs_in_ours(const Passage& passage) const {
    if (group_) return Condition::Group;
    if (!domain_.empty() && !domain_.matches(passage.domain)) return Condition::Domain;
    const bool for_announcement = passage.topic.empty() && announces_;
    if (!topic_.empty() && !for_announcement &&
        (passage.topic.empty() || !topic_.matches(passage.topic)))
        return Condition::Topic;
    if (peer_ && peer_ != passage.peer) return Condition::Peer;
    if (!peer_name_.empty() && !peer_name_.matches(passage.peer_name)) return Condition::Peer;
    return Condition::None;
}

Condition RuleMatcher::differs_in_foreign(const Passage& passage) const {
    if (!domain_.empty()) return Condition::Domain;
    if (!topic_.empty()) return Condition::Topic;
    if (peer_ || !peer_name_.empty()) return Condition::Peer;
    if (!group_) return Condition::None;
    const bool here = group_->address == passage.group.address &&
                      (group_->port == 0 || group_->port == passage.group.port);
    return here ? Condition::None : Condition::Group;
}

Condition RuleMatcher::differs(const Passage& passage) const {
    const Condition inner =
        passage.domain.empty() ? differs_in_foreign(passage) : differs_in_ours(passage);
    if (inner != Condition::None) return inner;
    if (source_ && !source_->contains(passage.source)) return Condition::Source;
    // Last, since a selector may be a glob over names or look through an interface's addresses.
    if (!any_from_ && !on_interface(from_, passage.from)) return Condition::From;
    if (!any_to_ && !on_interface(to_, passage.to)) return Condition::To;
    return Condition::None;
}

}  // namespace mcast::relay
