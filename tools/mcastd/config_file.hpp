#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tools/mcastd/config.hpp"
#include "tools/mcastd/diagnostic.hpp"

namespace mcastd {

// What is read when no other file is named; if it is not there, an empty one is.
inline constexpr std::string_view kDefaultConfigFile = "/etc/mcastd/mcastd.toml";
// Exit code for a configuration that is refused: EX_CONFIG of sysexits.h.
inline constexpr int kConfigError = 78;

// A setting from beside the file, which goes before what the file says.
struct Override {
    std::string key;    // "log.level"
    std::string text;   // its value
    std::string where;  // MCAST_LOG_LEVEL or --log-level
};

// Where the value of a setting comes from: "mcastd.toml:3", "MCAST_PORT", "--port", "default".
using Origins = std::map<std::string, std::string, std::less<>>;

struct ConfigResult {
    std::optional<Config> config;  // none: an error is among the diagnostics
    std::vector<Diagnostic> diagnostics;
    Origins origins;   // by key; a setting that is not here has its default
    std::string file;  // that was read; empty: none was there

    // All of them as text; empty: nothing to say.
    [[nodiscard]] std::string messages() const;
};

// Reads a configuration from its text. `file` is its name in messages. Later overrides go before
// earlier ones. Whatever is wrong, all of it is told, and nothing is taken over.
[[nodiscard]] ConfigResult parse_config(std::string_view text, const std::string& file,
                                        std::span<const Override> overrides = {});

// The same from a file. An empty path means kDefaultConfigFile, which may be missing.
[[nodiscard]] ConfigResult load_config(const std::string& path,
                                       std::span<const Override> overrides = {});

// The settings in an environment (environ(7)), and a warning for each variable that looks like one
// that was meant to be.
struct EnvironmentSettings {
    std::vector<Override> overrides;
    std::vector<Diagnostic> warnings;
};
[[nodiscard]] EnvironmentSettings read_environment(const char* const* environment);

}  // namespace mcastd
