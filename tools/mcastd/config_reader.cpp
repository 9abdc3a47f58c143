#include "tools/mcastd/config_reader.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "mcast/topic.hpp"
#include "relay/rule_set.hpp"
#include "tools/mcastd/foreign_reader.hpp"
#include "tools/mcastd/rule_reader.hpp"
#include "tools/mcastd/setting.hpp"
#include "tools/mcastd/table_reader.hpp"

namespace mcastd {
namespace {

constexpr std::array<std::string_view, 3> kTables{"domain", "foreign", "rule"};
constexpr std::array<std::string_view, 1> kDomainKeys{"name"};

// The settings of one table: "level" and "format" of "log"; of the file itself if it is empty.
std::vector<std::string_view> keys_of(std::string_view table) {
    std::vector<std::string_view> keys;
    for (const Setting& setting : settings()) {
        const std::size_t dot = setting.key.find('.');
        if (dot == std::string_view::npos) {
            if (table.empty()) keys.push_back(setting.key);
        } else if (setting.key.substr(0, dot) == table) {
            keys.push_back(setting.key.substr(dot + 1));
        }
    }
    return keys;
}

std::vector<std::string_view> sections() {
    std::vector<std::string_view> names;
    for (const Setting& setting : settings()) {
        const std::size_t dot = setting.key.find('.');
        const std::string_view name = setting.key.substr(0, dot);
        if (dot != std::string_view::npos && (names.empty() || names.back() != name))
            names.push_back(name);
    }
    return names;
}

bool contains(std::span<const std::string_view> names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

class Reader {
public:
    Reader(const std::string& file, Config& config, Origins& origins, Diagnostics& diagnostics)
        : file_(file), config_(config), origins_(origins), diagnostics_(diagnostics) {}

    void read(const Value& root) {
        const std::vector<std::string_view> tables = sections();
        std::vector<std::string_view> known = keys_of("");
        known.push_back("version");
        known.insert(known.end(), tables.begin(), tables.end());
        known.insert(known.end(), kTables.begin(), kTables.end());
        for (const Entry& entry : root.entries) {
            if (contains(tables, entry.key))
                read_section(entry);
            else if (entry.key == "version")
                read_version(entry);
            else if (find_setting(entry.key) != nullptr)
                read_setting(entry.key, entry.value);
            else if (entry.key == "domain")
                read_domains(entry);
            else if (!contains(kTables, entry.key))
                diagnostics_.error(entry.at, misplaced(entry.key, tables, known));
        }
    }

private:
    void read_setting(const std::string& key, const Value& value) {
        find_setting(key)->set(config_, value, ValueReader(diagnostics_, key));
        origins_[key] = file_ + ":" + std::to_string(value.at.line);
    }

    void read_section(const Entry& section) {
        if (section.value.kind != Value::Kind::Table) {
            const bool list = section.value.kind == Value::Kind::Array;
            return diagnostics_.error(
                section.at,
                section.key + ": " +
                    (list ? "there is one of these; write ["
                          : "this is " + std::string(describe(section.value.kind)) + "; write [") +
                    section.key + "] and its keys below");
        }
        const std::vector<std::string_view> keys = keys_of(section.key);
        for (const Entry& entry : section.value.entries) {
            if (contains(keys, entry.key))
                read_setting(section.key + "." + entry.key, entry.value);
            else
                diagnostics_.error(entry.at, unknown_key(entry.key, "[" + section.key + "]", keys));
        }
    }

    void read_version(const Entry& entry) {
        if (entry.value.kind == Value::Kind::Integer && entry.value.integer == 1) return;
        diagnostics_.error(entry.value.at,
                           "version: this mcastd knows version 1 of the file only; "
                           "write version = 1");
    }

    void read_domains(const Entry& entry) {
        for (const Value& value : tables_of(diagnostics_, entry, kDomainsMax)) {
            const TableReader table(diagnostics_, value, "[[domain]]", kDomainKeys);
            const Value* const name = table.find("name");
            if (name == nullptr) {
                table.complain("", "it has no name; write one, as in name = \"default\"");
                continue;
            }
            const auto read = table.reader("name").name(*name, mcast::kDomainNameMax);
            if (!read) continue;
            if (*read == kRelayDomain) {
                table.complain("name", "relays use \"" + *read +
                                           "\" to find each other; call yours otherwise");
                continue;
            }
            const auto before =
                std::find_if(config_.domains.begin(), config_.domains.end(),
                             [&](const DomainConfig& domain) { return domain.name == *read; });
            if (before == config_.domains.end())
                config_.domains.push_back({*read, {value.at.line}});
            else
                table.complain("name", "the domain in line " + std::to_string(before->line.value) +
                                           " has this name already; remove one");
        }
    }

    // A key of another table is probably meant for that one.
    std::string misplaced(const std::string& key, std::span<const std::string_view> tables,
                          std::span<const std::string_view> known) const {
        for (const std::string_view table : tables)
            if (contains(keys_of(table), key))
                return "'" + key + "' belongs to [" + std::string(table) + "]; write that above it";
        return unknown_key(key, "", known);
    }

    const std::string& file_;
    Config& config_;
    Origins& origins_;
    Diagnostics& diagnostics_;
};

}  // namespace

void read_config(const Value& root, const std::string& file, Config& config, Origins& origins,
                 Diagnostics& diagnostics) {
    Reader(file, config, origins, diagnostics).read(root);
}

void finish_config(const Value& root, Config& config, Diagnostics& diagnostics) {
    if (const Entry* const foreign = root.find("foreign"))
        config.foreign =
            read_foreign(tables_of(diagnostics, *foreign, kForeignMax), config.port, diagnostics);
    const Entry* const rules = root.find("rule");
    if (rules == nullptr) return;
    config.rules = read_rules(tables_of(diagnostics, *rules, mcast::relay::kRulesMax), diagnostics);
    if (diagnostics.failed()) return;
    const auto compiled = mcast::relay::RuleSet::compile(config.rules, config.fallback);
    if (!compiled) diagnostics.error(rules->at, compiled.error().what);
}

}  // namespace mcastd
