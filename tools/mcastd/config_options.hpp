#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "tools/mcastd/config_file.hpp"

namespace mcastd {

// Where a command takes the configuration from.
struct ConfigOptions {
    std::string file;             // empty: kDefaultConfigFile
    std::vector<Override> flags;  // as given

    // The file, the environment above it, the flags above that. Can be done again.
    [[nodiscard]] ConfigResult load() const;
};

// `--config FILE`, and a flag for each setting: --log-level for log.level.
void add_config_options(CLI::App& command, ConfigOptions& options);
// The same with FILE as the argument.
void add_config_file(CLI::App& command, ConfigOptions& options);

// Commands, run by CLI11 as it parses.
void add_check(CLI::App& app);            // check
void add_config(CLI::App& app);           // config
void add_rules_explain(CLI::App& rules);  // explain, of `rules`

}  // namespace mcastd
