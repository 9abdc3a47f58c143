#include "tools/mcastd/config_options.hpp"

#include <unistd.h>

#include <iterator>

#include "tools/mcastd/setting.hpp"

namespace mcastd {
namespace {

constexpr const char* kSettings = "Settings, above those of the file and the environment";

void add_settings(CLI::App& command, ConfigOptions& options) {
    for (const Setting& setting : settings()) {
        const std::string flag = flag_of(setting.key);
        command
            .add_option_function<std::string>(
                flag,
                [&options, &setting, flag](const std::string& text) {
                    options.flags.push_back({std::string(setting.key), text, flag});
                },
                std::string(setting.meaning) + " (" + variable_of(setting.key) + ")")
            ->type_name(setting.kind == Value::Kind::Integer ? "N"
                        : setting.kind == Value::Kind::Array ? "LIST"
                                                             : "TEXT")
            ->group(kSettings);
    }
}

}  // namespace

ConfigResult ConfigOptions::load() const {
    EnvironmentSettings environment = read_environment(::environ);
    std::vector<Override> overrides = std::move(environment.overrides);
    overrides.insert(overrides.end(), flags.begin(), flags.end());
    ConfigResult result = load_config(file, overrides);
    std::move(environment.warnings.begin(), environment.warnings.end(),
              std::back_inserter(result.diagnostics));
    return result;
}

void add_config_options(CLI::App& command, ConfigOptions& options) {
    command.add_option("--config", options.file, "The configuration; see mcastd.toml(5)")
        ->envname("MCAST_CONFIG")
        ->type_name("FILE")
        ->default_str(std::string(kDefaultConfigFile));
    add_settings(command, options);
}

void add_config_file(CLI::App& command, ConfigOptions& options) {
    command.add_option("FILE", options.file, "The configuration; see mcastd.toml(5)")
        ->envname("MCAST_CONFIG")
        ->type_name("")
        ->default_str(std::string(kDefaultConfigFile));
    add_settings(command, options);
}

}  // namespace mcastd
