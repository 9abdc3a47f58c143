#pragma once

#include <span>
#include <string>
#include <string_view>

#include "tools/mcastd/config.hpp"
#include "tools/mcastd/document.hpp"
#include "tools/mcastd/value_reader.hpp"

namespace mcastd {

// A key of the file that is there once, and so can also be given in the environment and as a flag.
struct Setting {
    std::string_view key;  // as in the file, with its table: "log.level"
    Value::Kind kind;      // what text of the environment is taken for: String, Integer or Array
    std::string_view meaning;
    // Takes a value over if it is sound.
    void (*set)(Config& config, const Value& value, const ValueReader& reader);
    // As the file has it; empty: it is left out.
    std::string (*get)(const Config& config);
};

[[nodiscard]] std::span<const Setting> settings();
[[nodiscard]] const Setting* find_setting(std::string_view key);

// "log.level" is MCAST_LOG_LEVEL and --log-level.
[[nodiscard]] std::string variable_of(std::string_view key);
[[nodiscard]] std::string flag_of(std::string_view key);

// What `text` is as a value of this setting: a list is divided at its commas.
[[nodiscard]] Value value_of_text(const Setting& setting, const std::string& text);

// A string as TOML has it.
[[nodiscard]] std::string quoted_toml(std::string_view text);
[[nodiscard]] std::string quoted_toml(std::span<const std::string> texts);

}  // namespace mcastd
