#include "relay/rule.hpp"

#include <charconv>
#include <system_error>

#include "relay/glob.hpp"

namespace mcast::relay {
namespace {

constexpr std::size_t kPeerIdDigits = 16;

struct NamedGlob {
    std::string_view key;
    const std::string& glob;
};

std::optional<RuleProblem> problem_of_globs(const Rule& rule) {
    for (const auto& [key, glob] : {NamedGlob{"domain", rule.domain},
                                    NamedGlob{"topic", rule.topic}, NamedGlob{"peer", rule.peer}}) {
        if (glob.size() > Glob::kSizeMax)
            return RuleProblem{key, "the glob is " + std::to_string(glob.size()) +
                                        " bytes long, and no name has more than " +
                                        std::to_string(Glob::kSizeMax)};
        if (rule.group && !glob.empty())
            return RuleProblem{"group", "a group is of foreign datagrams and a " +
                                            std::string(key) +
                                            " of libmcast's own, so that this rule matches "
                                            "nothing; write two rules"};
    }
    return std::nullopt;
}

std::optional<RuleProblem> problem_of_rate(const Rule& rule) {
    if (rule.rate > kRateMax)
        return RuleProblem{"rate", "the limit is " + std::to_string(kRateMax) +
                                       " a second; leave it out for no limit"};
    if (rule.rate != 0 && rule.action == RuleAction::Drop)
        return RuleProblem{"rate",
                           "a rule that drops lets nothing pass, however slowly; leave "
                           "`rate` out, or forward with a rate"};
    if (rule.burst != 0 && rule.rate == 0)
        return RuleProblem{"burst", "there is no `rate` that it would be the burst of"};
    return std::nullopt;
}

}  // namespace

std::optional<RuleProblem> problem_of(const Rule& rule) {
    if (auto problem = problem_of_globs(rule)) return problem;
    if (auto problem = problem_of_rate(rule)) return problem;
    if (rule.group && rule.source && rule.group->address.family() != rule.source->address.family())
        return RuleProblem{"source",
                           "the group is of the other IP version, so that this rule "
                           "matches nothing; write two rules"};
    return std::nullopt;
}

std::optional<PeerId> parse_peer_id(std::string_view text) {
    if (text.size() != kPeerIdDigits) return std::nullopt;
    PeerId id;
    const char* const end = text.data() + text.size();
    const auto [parsed, failure] = std::from_chars(text.data(), end, id.value, 16);
    if (failure != std::errc() || parsed != end || !id) return std::nullopt;
    return id;
}

std::string_view to_string(Action action) {
    return action == Action::Forward ? "forward" : "drop";
}

std::string_view to_string(RuleAction action) {
    switch (action) {
        case RuleAction::Forward:
            return "forward";
        case RuleAction::Drop:
            return "drop";
        case RuleAction::Log:
            break;
    }
    return "log";
}

std::optional<Network> Network::parse(std::string_view text) {
    const std::size_t slash = text.find('/');
    const std::optional<Address> address = Address::parse(text.substr(0, slash));
    if (!address) return std::nullopt;
    const std::size_t bits = address->bytes().size() * 8;
    if (slash == std::string_view::npos) return Network{*address, static_cast<std::uint8_t>(bits)};
    const std::string_view digits = text.substr(slash + 1);
    std::uint8_t length = 0;
    const char* const end = digits.data() + digits.size();
    const auto [parsed, failure] = std::from_chars(digits.data(), end, length);
    if (failure != std::errc() || parsed != end || length > bits) return std::nullopt;
    return Network{*address, length};
}

std::string to_string(const Network& network) {
    return to_string(network.address) + "/" + std::to_string(network.length);
}

}  // namespace mcast::relay
