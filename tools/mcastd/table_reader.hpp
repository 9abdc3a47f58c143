#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "tools/mcastd/diagnostic.hpp"
#include "tools/mcastd/document.hpp"
#include "tools/mcastd/value_reader.hpp"

namespace mcastd {

// Reads a table whose keys are all known; what else stands in it is an error with the name that was
// probably meant.
class TableReader {
public:
    // `name` as it stands in the file: "[[rule]]"; empty: the file itself.
    TableReader(Diagnostics& diagnostics, const Value& table, std::string name,
                std::span<const std::string_view> keys);

    // The value of a key; null if it is not there.
    [[nodiscard]] const Value* find(std::string_view key) const;
    [[nodiscard]] ValueReader reader(std::string_view key) const {
        return {diagnostics_, std::string(key)};
    }
    // Tells that a key's value, or without one the table, is wrong as a whole.
    void complain(std::string_view key, const std::string& what) const;

private:
    Diagnostics& diagnostics_;
    const Value& table_;
    std::string name_;
};

// The tables of an array of them, `[[rule]]`; complains when it is none, and of more than
// count_max.
[[nodiscard]] std::span<const Value> tables_of(Diagnostics& diagnostics, const Entry& entry,
                                               std::size_t count_max);

// "unknown key 'nmae'", with what was probably meant.
[[nodiscard]] std::string unknown_key(std::string_view key, std::string_view table,
                                      std::span<const std::string_view> keys);

}  // namespace mcastd
