#include <cstddef>
#include <cstdio>
#include <memory>
#include <string>

#include "relay/rule_set.hpp"
#include "tools/mcast/text.hpp"
#include "tools/mcastd/config_options.hpp"
#include "tools/mcastd/control_options.hpp"

namespace mcastd {
namespace {

// "relay.toml: fine, 1 domain, 2 foreign groups, 12 rules, …"
std::string summary(const ConfigResult& result) {
    const Config& config = *result.config;
    std::string text = result.file.empty()
                           ? std::string(kDefaultConfigFile) + ": not there, which is fine: "
                           : mcast::cli::printable(result.file) + ": fine, ";
    const auto count = [&](std::size_t number, const char* noun) {
        text += mcast::cli::counted(number, noun) + ", ";
    };
    if (config.domains.empty())
        text += "the default domain, ";
    else
        count(config.domains.size(), "domain");
    count(config.foreign.size(), "foreign group");
    count(config.rules.size(), "rule");
    const auto rules = mcast::relay::RuleSet::compile(config.rules, config.fallback);
    if (rules && rules->size() > 1)
        text += "at most " + mcast::cli::counted(rules->look_up_max(), "step") +
                " to decide on a datagram, ";
    return text + "default " + std::string(to_string(config.fallback)) + "\n";
}

void check(const ConfigOptions& options) {
    const ConfigResult result = options.load();
    std::fputs(result.messages().c_str(), stderr);
    if (!result.config) end_with(kConfigError);
    std::fputs(summary(result).c_str(), stdout);
}

}  // namespace

void add_check(CLI::App& app) {
    CLI::App* const command = app.add_subcommand(
        "check", "Whether the configuration is sound; all that is wrong with it, and where");
    const auto options = std::make_shared<ConfigOptions>();
    add_config_file(*command, *options);
    command->footer(
        "Examples:\n"
        "  mcastd check                     /etc/mcastd/mcastd.toml\n"
        "  mcastd check mcastd.toml         before it is put there\n"
        "Exit codes: 0 it is sound (there may be warnings), 78 it is not.");
    command->callback([options] { check(*options); });
}

}  // namespace mcastd
