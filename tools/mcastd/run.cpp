#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tools/mcast/common_options.hpp"
#include "tools/mcast/terminal.hpp"
#include "tools/mcastd/config_options.hpp"
#include "tools/mcastd/control_options.hpp"
#include "tools/mcastd/daemon.hpp"
#include "tools/mcastd/instance_lock.hpp"
#include "tools/mcastd/log.hpp"
#include "tools/mcastd/run_record.hpp"
#include "tools/mcastd/service_manager.hpp"

namespace mcastd {
namespace {

using mcast::Error;
using mcast::ErrorCode;
using mcast::Result;
using mcast::cli::Terminal;

struct RunOptions {
    ConfigOptions config;
    std::string state = default_state_directory();
};

// What is wrong with a configuration, as `mcastd check` prints it.
std::string without_end(std::string messages) {
    while (messages.ends_with('\n'))
        messages.pop_back();
    return messages;
}

// The first sentence of what may be several.
std::string first_line(const std::string& text) {
    return text.substr(0, text.find('\n'));
}

Result<Daemon::Loaded> taken(ConfigResult result) {
    if (!result.config) return Error{ErrorCode::InvalidArgument, 0, without_end(result.messages())};
    Daemon::Loaded loaded{std::move(*result.config), {}};
    for (const Diagnostic& warning : result.diagnostics)
        loaded.warnings.push_back(first_line(to_string(warning)));
    return loaded;
}

void tell_first_words(const RunRecord& record, const Result<void>& begun,
                      const std::vector<std::string>& warnings, Log& log) {
    for (const std::string& warning : warnings)
        log.warning("configuration", warning);
    if (!begun) {
        log.warning("state-file", begun.error().what +
                                      "; it runs all the same, but `mcastd why` will not know how "
                                      "this run ended");
    }
    if (const auto& previous = record.previous();
        previous && previous->end != RunEnd::Stopped && previous->end != RunEnd::Refused)
        log.warning("previous-run", "the last run " + sentence(*previous));
}

int run(const RunOptions& options, Terminal& terminal) {
    ServiceManager manager = ServiceManager::from_environment();
    const Result<void> directory = make_directory(options.state);
    ConfigResult result = options.config.load();
    const std::string file = result.file;
    auto lock = InstanceLock::take(options.state + "/lock", file);
    if (!lock && lock.error().code == ErrorCode::AddressInUse) {
        terminal.note("run: " + lock.error().what);
        return mcast::cli::kFailure;
    }
    RunRecord record(options.state);
    const Result<void> begun = directory ? record.begin(MCAST_VERSION, file) : directory;
    record.note_crashes();

    const std::string messages = without_end(result.messages());
    Result<Daemon::Loaded> loaded = taken(std::move(result));
    if (!loaded) {
        std::fprintf(stderr, "%s\n", messages.c_str());
        static_cast<void>(record.end(RunEnd::Refused, first_line(messages)));
        return kConfigError;
    }
    Log log(loaded->config.log);
    tell_first_words(record, begun, loaded->warnings, log);
    auto daemon = Daemon::open(
        {manager, record, log, file, [&options] { return taken(options.config.load()); }},
        std::move(loaded->config));
    if (!daemon) {
        terminal.note("run: " + daemon.error().what);
        static_cast<void>(record.end(RunEnd::Refused, daemon.error().what));
        return mcast::cli::kFailure;
    }
    (*daemon)->run();
    return mcast::cli::kSuccess;
}

}  // namespace

void add_run(CLI::App& app) {
    CLI::App* const command =
        app.add_subcommand("run", "Relay as the configuration says, until SIGTERM or SIGINT");
    const auto options = std::make_shared<RunOptions>();
    add_config_options(*command, options->config);
    command->add_option("--state", options->state, "Where it notes how it ended")
        ->envname("MCAST_STATE_DIRECTORY")
        ->type_name("DIRECTORY")
        ->capture_default_str();
    command->footer(
        "Examples:\n"
        "  mcastd run --config mcastd.toml --state state\n"
        "  mcastd run --state state --control-socket control    no file: look around, relay "
        "nothing\n"
        "SIGHUP reads the configuration again. Exit codes: 1 it could not start, 78 the\n"
        "configuration is refused.");
    command->callback([options] {
        Terminal terminal("mcastd");
        const int code = run(*options, terminal);
        if (code != mcast::cli::kSuccess) end_with(code);
    });
}

}  // namespace mcastd
