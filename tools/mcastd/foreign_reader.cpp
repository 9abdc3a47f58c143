#include "tools/mcastd/foreign_reader.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "relay/presets.hpp"
#include "relay/rule.hpp"
#include "tools/mcastd/table_reader.hpp"

namespace mcastd {
namespace {

constexpr std::array<std::string_view, 12> kKeys{"preset", "group",   "port", "broadcast",
                                                 "from",   "to",      "both", "source",
                                                 "ttl",    "replies", "rate", "open"};
constexpr std::array<std::string_view, 2> kSources{"replace", "keep"};
constexpr std::string_view kDecrement = "decrement";

constexpr mcast::Duration kRepliesMax = std::chrono::hours(1);
constexpr mcast::Duration kOpenMin = std::chrono::milliseconds(100);
constexpr mcast::Duration kOpenMax = std::chrono::hours(1);

void take_preset(const TableReader& table, const Value& value, ForeignConfig& foreign,
                 Diagnostics& diagnostics) {
    std::vector<std::string_view> names;
    for (const mcast::relay::Preset& preset : mcast::relay::presets())
        names.push_back(preset.name);
    const auto chosen = table.reader("preset").choice(value, names);
    if (!chosen) return;
    const mcast::relay::Preset& preset = mcast::relay::presets()[*chosen];
    foreign.preset = preset.name;
    foreign.port = preset.destination().port;
    foreign.broadcast = preset.address.empty();
    if (!foreign.broadcast) foreign.group = preset.destination().address;
    foreign.both = preset.both;
    foreign.source = preset.keep_source ? SourceAddress::Keep : SourceAddress::Replace;
    foreign.replies = preset.replies;
    foreign.ttl = preset.ttl;
    if (!preset.warning.empty())
        diagnostics.warning(value.at, "preset: " + std::string(preset.warning));
    for (const std::string_view key : {"group", "port", "broadcast"})
        if (table.find(key) != nullptr)
            table.complain(key, "the preset \"" + foreign.preset +
                                    "\" says this already; leave "
                                    "one of the two out");
}

void read_group(const TableReader& table, const Value& value, ForeignConfig& foreign) {
    const ValueReader reader = table.reader("group");
    const auto text = reader.name(value, 64);
    if (!text) return;
    const auto address = mcast::Address::parse(*text);
    if (!address)
        return reader.complain(value, "'" + *text +
                                          "' is no address; write a multicast address, as in "
                                          "\"239.255.255.250\", and its port as port = 1900");
    if (!address->is_multicast())
        return reader.complain(value, *text +
                                          " is not multicast (224.0.0.0/4, ff00::/8); for "
                                          "broadcast write broadcast = true instead");
    foreign.group = address;
}

// What is carried, where no preset says it.
void read_destination(const TableReader& table, ForeignConfig& foreign) {
    const Value* const group = table.find("group");
    const Value* const port = table.find("port");
    const Value* const broadcast = table.find("broadcast");
    if (group != nullptr) read_group(table, *group, foreign);
    if (broadcast != nullptr)
        foreign.broadcast = table.reader("broadcast").boolean(*broadcast).value_or(false);
    if (group != nullptr && foreign.broadcast)
        table.complain("broadcast", "a group is not broadcast; leave one of the two out");
    if (group == nullptr && broadcast == nullptr)
        table.complain("",
                       "it does not say what to carry; give it a preset, a group and a port, "
                       "or broadcast = true and a port");
    else if (group == nullptr && broadcast->kind == Value::Kind::Boolean && !foreign.broadcast)
        table.complain("broadcast", "then a group is needed; write one, or broadcast = true");
    if (port == nullptr) {
        if (group != nullptr || broadcast != nullptr)
            table.complain("", "it has no port; write one, as in port = 1900");
    } else if (const auto number = table.reader("port").number(*port, 1, UINT16_MAX)) {
        foreign.port = static_cast<std::uint16_t>(*number);
    }
}

void read_ttl(const TableReader& table, ForeignConfig& foreign) {
    const Value* const value = table.find("ttl");
    if (value == nullptr) return;
    const ValueReader reader = table.reader("ttl");
    if (value->kind == Value::Kind::String && value->text == kDecrement) {
        foreign.ttl.reset();
    } else if (value->kind == Value::Kind::Integer && value->integer >= 1 &&
               value->integer <= UINT8_MAX) {
        foreign.ttl = static_cast<std::uint8_t>(value->integer);
    } else if (value->kind == Value::Kind::Integer && value->integer == 0) {
        reader.complain(*value,
                        "with 0 it would not leave this host; write a number from 1 to "
                        "255, or \"decrement\"");
    } else {
        reader.complain(*value,
                        "write a number from 1 to 255, or \"decrement\" for one less than "
                        "it came with");
    }
}

void read_source(const TableReader& table, ForeignConfig& foreign) {
    if (const Value* const value = table.find("source")) {
        if (const auto source = table.reader("source").choice(*value, kSources))
            foreign.source = static_cast<SourceAddress>(*source);
    }
    const Value* const replies = table.find("replies");
    if (replies != nullptr) {
        if (const auto read = table.reader("replies").duration(*replies, {}, kRepliesMax))
            foreign.replies = *read;
    } else if (foreign.source == SourceAddress::Keep) {
        foreign.replies = {};
    }
    if (foreign.source == SourceAddress::Keep && foreign.replies != mcast::Duration::zero())
        table.complain("replies",
                       "with source = \"keep\" replies go to the asker by themselves; "
                       "leave it out, or write source = \"replace\"");
}

void read_ways(const TableReader& table, ForeignConfig& foreign) {
    for (const auto& [key, list] :
         {std::pair("from", &foreign.from), std::pair("to", &foreign.to)}) {
        const Value* const value = table.find(key);
        if (value == nullptr) continue;
        if (auto read = table.reader(key).selectors(*value)) *list = std::move(*read);
    }
    if (const Value* const both = table.find("both"))
        foreign.both = table.reader("both").boolean(*both).value_or(foreign.both);
    const auto from = mcast::InterfaceSelection::parse(foreign.from);
    const auto to = mcast::InterfaceSelection::parse(foreign.to);
    if (from && to && !from->sole_name().empty() && from->sole_name() == to->sole_name())
        table.complain("to",
                       "nothing is carried back to the interface that it came from; name "
                       "another than in `from`");
}

void read_breaker(const TableReader& table, ForeignConfig& foreign) {
    if (const Value* const rate = table.find("rate"))
        if (const auto read = table.reader("rate").number(*rate, 1, mcast::relay::kRateMax))
            foreign.rate = static_cast<std::uint32_t>(*read);
    if (const Value* const open = table.find("open"))
        if (const auto read = table.reader("open").duration(*open, kOpenMin, kOpenMax))
            foreign.open = *read;
}

// Not two routes of the same; the second would only see duplicates.
void check_twice(const std::vector<ForeignConfig>& before, const ForeignConfig& foreign,
                 const TableReader& table) {
    const auto same = [&](const ForeignConfig& other) {
        return foreign.port != 0 && other.port == foreign.port && other.group == foreign.group &&
               other.broadcast == foreign.broadcast && other.from == foreign.from &&
               other.to == foreign.to;
    };
    const auto found = std::find_if(before.begin(), before.end(), same);
    if (found != before.end())
        table.complain("", "the one in line " + std::to_string(found->line.value) +
                               " carries the same between the same interfaces; remove one");
}

}  // namespace

std::vector<ForeignConfig> read_foreign(std::span<const Value> tables, std::uint16_t own_port,
                                        Diagnostics& diagnostics) {
    std::vector<ForeignConfig> all;
    for (const Value& value : tables) {
        const TableReader table(diagnostics, value, "[[foreign]]", kKeys);
        ForeignConfig foreign;
        foreign.line = {value.at.line};
        if (const Value* const preset = table.find("preset"))
            take_preset(table, *preset, foreign, diagnostics);
        else
            read_destination(table, foreign);
        read_ways(table, foreign);
        read_source(table, foreign);
        read_ttl(table, foreign);
        read_breaker(table, foreign);
        if (foreign.port == own_port)
            table.complain("port", std::to_string(own_port) +
                                       " is libmcast's own port here, and what comes to it is "
                                       "relayed by domains and rules; remove this");
        check_twice(all, foreign, table);
        all.push_back(std::move(foreign));
    }
    return all;
}

}  // namespace mcastd
