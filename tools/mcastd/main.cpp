#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <string>

#include "tools/mcast/common_options.hpp"
#include "tools/mcast/terminal.hpp"
#include "tools/mcast/text.hpp"
#include "tools/mcastd/config_options.hpp"
#include "tools/mcastd/control_options.hpp"
#include "tools/mcastd/presets_command.hpp"

namespace mcastd {
namespace {

constexpr const char* kFooter =
    "Examples:\n"
    "  mcastd run --config mcastd.toml --state state    relay, as the file says\n"
    "  mcastd check mcastd.toml                         what is wrong with the file, and where\n"
    "  mcastd status --watch                            what a running one does\n"
    "  mcastd why                                       why the last one ended\n"
    "`mcastd COMMAND --help` tells more. Exit codes: 0 done, 1 it did not work, 2 wrong usage,\n"
    "78 a configuration that is refused.";

// One sentence, and where to read on.
int usage(mcast::cli::Terminal& terminal, const std::string& command, std::string what) {
    for (char& character : what)  // CLI11 puts some of its messages on several lines
        character = character == '\n' ? ' ' : character;
    while (what.ends_with(' ') || what.ends_with('.'))
        what.pop_back();
    terminal.note(mcast::cli::printable(what) + " (see " + command + " --help)");
    return mcast::cli::kUsage;
}

std::string chosen_command(const CLI::App& app) {
    std::string name = "mcastd";
    for (auto chosen = app.get_subcommands(); !chosen.empty();
         chosen = chosen.front()->get_subcommands())
        name += " " + chosen.front()->get_name();
    return name;
}

int run(int argument_count, char** arguments) {
    mcast::cli::Terminal terminal("mcastd");
    CLI::App app("The relay of libmcast: carries topics between networks, by rules, without loops.",
                 "mcastd");
    app.set_version_flag("--version", "mcastd " MCAST_VERSION);
    app.require_subcommand(0, 1);
    app.footer(kFooter);
    add_run(app);
    add_check(app);
    add_config(app);
    add_rules_explain(add_views(app));
    add_presets(app);
    add_why(app);
    add_reload(app);
    add_ended(app);
    try {
        app.parse(argument_count, arguments);
        if (!app.get_subcommands().empty()) return mcast::cli::kSuccess;
        terminal.text(app.help());
        return mcast::cli::kUsage;
    } catch (const CLI::CallForHelp&) {
        const CLI::App* innermost = &app;
        std::string parents;
        while (!innermost->get_subcommands().empty()) {
            parents += (parents.empty() ? "" : " ") + innermost->get_name();
            innermost = innermost->get_subcommands().front();
        }
        terminal.text(innermost->help(parents));
        return mcast::cli::kSuccess;
    } catch (const CLI::CallForVersion&) {
        terminal.line("mcastd " MCAST_VERSION);
        return mcast::cli::kSuccess;
    } catch (const CLI::RuntimeError& ended) {
        return ended.get_exit_code();
    } catch (const CLI::ParseError& error) {
        return usage(terminal, chosen_command(app), error.what());
    }
}

}  // namespace
}  // namespace mcastd

int main(int argument_count, char** arguments) {
    try {
        return mcastd::run(argument_count, arguments);
    } catch (const std::exception& error) {  // out of memory, say
        std::fprintf(stderr, "mcastd: %s\n", error.what());
        return mcast::cli::kFailure;
    }
}
