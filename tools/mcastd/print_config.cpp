#include <cstdio>
#include <memory>
#include <string>

#include "tools/mcastd/config_options.hpp"
#include "tools/mcastd/config_text.hpp"
#include "tools/mcastd/control_options.hpp"

namespace mcastd {
namespace {

void print(const ConfigOptions& options) {
    const ConfigResult result = options.load();
    std::fputs(result.messages().c_str(), stderr);
    if (!result.config) end_with(kConfigError);
    std::fputs(to_toml(*result.config, result).c_str(), stdout);
}

}  // namespace

void add_config(CLI::App& app) {
    CLI::App* const command = app.add_subcommand(
        "config", "The configuration in effect: each setting, and where its value comes from");
    const auto options = std::make_shared<ConfigOptions>();
    add_config_file(*command, *options);
    command->footer(
        "Examples:\n"
        "  mcastd config                              of /etc/mcastd/mcastd.toml\n"
        "  mcastd config --log-level debug            and a flag above it\n"
        "What it prints is a configuration that reads as the same.\n"
        "Exit codes: 0 done, 78 the configuration is refused.");
    command->callback([options] { print(*options); });
}

}  // namespace mcastd
