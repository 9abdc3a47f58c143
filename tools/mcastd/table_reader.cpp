#include "tools/mcastd/table_reader.hpp"

#include <algorithm>
#include <vector>

#include "tools/mcast/text.hpp"

namespace mcastd {

std::string unknown_key(std::string_view key, std::string_view table,
                        std::span<const std::string_view> keys) {
    const std::vector<std::string> candidates(keys.begin(), keys.end());
    const std::string meant = mcast::cli::closest(key, candidates);
    const std::string where = table.empty() ? "" : " in " + std::string(table);
    const std::string what = "unknown key '" + mcast::cli::clipped(key, 60) + "'" + where + "; ";
    if (!meant.empty()) return what + "did you mean '" + meant + "'?";
    return what + "the known ones are " + mcast::cli::join(candidates, ", ");
}

TableReader::TableReader(Diagnostics& diagnostics, const Value& table, std::string name,
                         std::span<const std::string_view> keys)
    : diagnostics_(diagnostics), table_(table), name_(std::move(name)) {
    for (const Entry& entry : table.entries) {
        if (std::find(keys.begin(), keys.end(), entry.key) == keys.end())
            diagnostics_.error(entry.at, unknown_key(entry.key, name_, keys));
    }
}

const Value* TableReader::find(std::string_view key) const {
    const Entry* const entry = table_.find(key);
    return entry == nullptr ? nullptr : &entry->value;
}

void TableReader::complain(std::string_view key, const std::string& what) const {
    const Entry* const entry = table_.find(key);
    if (entry != nullptr)
        diagnostics_.error(entry->at, std::string(key) + ": " + what);
    else
        diagnostics_.error(table_.at, name_ + ": " + what);
}

std::span<const Value> tables_of(Diagnostics& diagnostics, const Entry& entry,
                                 std::size_t count_max) {
    const std::string header = "[[" + entry.key + "]]";
    if (entry.value.kind == Value::Kind::Table) {
        diagnostics.error(entry.at, entry.key + ": there may be several of these; write " + header +
                                        ", with two brackets");
        return {};
    }
    if (entry.value.kind != Value::Kind::Array) {
        diagnostics.error(entry.at, entry.key + ": this is " +
                                        std::string(describe(entry.value.kind)) + "; write " +
                                        header + " and its keys below");
        return {};
    }
    const std::vector<Value>& items = entry.value.items;
    if (items.size() > count_max) {
        diagnostics.error(items[count_max].at, std::to_string(items.size()) + " " + header +
                                                   "; the limit is " + std::to_string(count_max));
        return {};
    }
    const auto other = std::find_if(items.begin(), items.end(), [](const Value& item) {
        return item.kind != Value::Kind::Table;
    });
    if (other == items.end()) return items;
    diagnostics.error(other->at, entry.key + ": this is " + std::string(describe(other->kind)) +
                                     "; write " + header + " and its keys below");
    return {};
}

}  // namespace mcastd
