#include "tools/mcastd/rule_reader.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "mcast/address.hpp"
#include "mcast/topic.hpp"
#include "relay/glob.hpp"
#include "tools/mcast/text.hpp"
#include "tools/mcastd/table_reader.hpp"

namespace mcastd {
namespace {

using mcast::relay::Rule;
using mcast::relay::RuleAction;

constexpr std::array<std::string_view, 10> kKeys{"from",  "to",   "source", "domain", "topic",
                                                 "group", "peer", "rate",   "burst",  "action"};
constexpr std::array<std::string_view, 3> kActions{"forward", "drop", "log"};

void read_source(const TableReader& table, Rule& rule) {
    const Value* const value = table.find("source");
    if (value == nullptr) return;
    const ValueReader reader = table.reader("source");
    const auto text = reader.name(*value, 64);
    if (!text) return;
    const auto network = mcast::relay::Network::parse(*text);
    if (!network)
        return reader.complain(*value, "'" + *text +
                                           "' is no network; write one such as 10.0.0.0/8 or "
                                           "fe80::/10, or one address");
    rule.source = network;
}

void read_group(const TableReader& table, Rule& rule) {
    const Value* const value = table.find("group");
    if (value == nullptr) return;
    const ValueReader reader = table.reader("group");
    const auto text = reader.name(*value, 64);
    if (!text) return;
    const auto group = mcast::Endpoint::parse(*text);
    if (!group)
        return reader.complain(*value, "'" + *text +
                                           "' is no group; write an address and perhaps a port, "
                                           "as in 239.255.255.250:1900 or [ff02::c]:1900");
    if (!group->address.is_multicast() && !group->address.is_limited_broadcast())
        return reader.complain(*value, to_string(group->address) +
                                           " is not multicast (224.0.0.0/4, ff00::/8); for "
                                           "broadcast write 255.255.255.255");
    rule.group = group;
}

void read_selectors(const TableReader& table, std::string_view key,
                    std::vector<std::string>& selectors) {
    const Value* const value = table.find(key);
    if (value == nullptr) return;
    if (auto read = table.reader(key).selectors(*value)) selectors = std::move(*read);
}

void read_glob(const TableReader& table, std::string_view key, std::string& glob) {
    const Value* const value = table.find(key);
    if (value == nullptr) return;
    if (auto read = table.reader(key).name(*value, mcast::relay::Glob::kSizeMax))
        glob = std::move(*read);
}

void read_count(const TableReader& table, std::string_view key, std::uint32_t& count) {
    const Value* const value = table.find(key);
    if (value == nullptr) return;
    if (value->kind == Value::Kind::Integer && value->integer == 0)
        return table.reader(key).complain(
            *value, key == "rate" ? "none a second is nothing at all; write action = \"drop\""
                                  : "0 at once is nothing at all; write 1 or more");
    if (const auto read = table.reader(key).number(*value, 1, mcast::relay::kRateMax))
        count = static_cast<std::uint32_t>(*read);
}

Rule read_rule(const Value& value, Diagnostics& diagnostics) {
    const TableReader table(diagnostics, value, "[[rule]]", kKeys);
    Rule rule;
    rule.line = {value.at.line};
    read_selectors(table, "from", rule.from);
    read_selectors(table, "to", rule.to);
    read_source(table, rule);
    read_glob(table, "domain", rule.domain);
    read_glob(table, "topic", rule.topic);
    read_group(table, rule);
    read_glob(table, "peer", rule.peer);
    read_count(table, "rate", rule.rate);
    read_count(table, "burst", rule.burst);
    if (const Value* const action = table.find("action"))
        if (const auto chosen = table.reader("action").choice(*action, kActions))
            rule.action = static_cast<RuleAction>(*chosen);
    const auto problem = mcast::relay::problem_of(rule);
    // A rate that is there and wrong is told already.
    const bool told = problem && problem->key == "burst" && table.find("rate") != nullptr;
    if (problem && !told) table.complain(problem->key, problem->what);
    return rule;
}

// Equal for rules that match the same.
std::string conditions_of(const Rule& rule) {
    std::string text;
    for (const auto* list : {&rule.from, &rule.to}) {
        std::vector<std::string> sorted = *list;
        std::sort(sorted.begin(), sorted.end());
        text += mcast::cli::join(sorted, "\n") + "\t";
    }
    text += (rule.source ? to_string(*rule.source) : "") + "\t" + rule.domain + "\t" + rule.topic +
            "\t" + (rule.group ? to_string(*rule.group) : "") + "\t" + rule.peer;
    return text;
}

std::string at_line(const Rule& rule) {
    return "the rule in line " + std::to_string(rule.line.value);
}

// Only what is sure and cheap: an earlier rule without conditions, or with the same ones.
void warn_of_shadowed(const std::vector<Rule>& rules, std::span<const Value> tables,
                      Diagnostics& diagnostics) {
    const std::string everything = conditions_of(Rule{});
    std::unordered_map<std::string, std::size_t> seen;
    for (std::size_t i = 0; i < rules.size(); ++i) {
        std::string conditions = conditions_of(rules[i]);
        const auto same = seen.find(conditions);
        if (same != seen.end()) {
            diagnostics.warning(tables[i].at,
                                "this rule never matches: " + at_line(rules[same->second]) +
                                    " has the same conditions and comes first; remove one");
            continue;
        }
        if (rules[i].action == RuleAction::Log) continue;
        if (conditions == everything && i + 1 < rules.size()) {
            diagnostics.warning(tables[i + 1].at,
                                "this rule and those below never match: " + at_line(rules[i]) +
                                    " takes everything; put it last");
            return;
        }
        seen.emplace(std::move(conditions), i);
    }
}

}  // namespace

std::vector<Rule> read_rules(std::span<const Value> tables, Diagnostics& diagnostics) {
    std::vector<Rule> rules;
    rules.reserve(tables.size());
    const bool sound_so_far = !diagnostics.failed();
    for (const Value& table : tables)
        rules.push_back(read_rule(table, diagnostics));
    // Rules that lost a condition to an error look alike though they are not meant to be.
    if (sound_so_far && !diagnostics.failed()) warn_of_shadowed(rules, tables, diagnostics);
    return rules;
}

}  // namespace mcastd
