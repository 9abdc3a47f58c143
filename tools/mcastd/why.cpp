#include <memory>
#include <string>

#include "tools/mcast/json_writer.hpp"
#include "tools/mcast/terminal.hpp"
#include "tools/mcast/text.hpp"
#include "tools/mcastd/control_client.hpp"
#include "tools/mcastd/control_options.hpp"
#include "tools/mcastd/instance_lock.hpp"
#include "tools/mcastd/json.hpp"
#include "tools/mcastd/moment.hpp"
#include "tools/mcastd/run_record.hpp"

namespace mcastd {
namespace {

using mcast::Result;
using mcast::cli::printable;
using mcast::cli::Terminal;

struct WhyOptions : ControlOptions {
    std::string state = default_state_directory();
};

// "mcastd 0.1.0, pid 812, started 2026-…Z, ended 2026-…Z, configuration /etc/…".
std::string details(const Json& run) {
    std::string text = "  version " + printable(run["version"].text) + ", pid " +
                       std::to_string(static_cast<long>(run["pid"].number)) + ", started " +
                       printable(run["started_at"].text);
    if (!run["ended_at"].is_null()) text += ", ended " + printable(run["ended_at"].text);
    if (!run["config"].text.empty()) text += "\n  configuration " + printable(run["config"].text);
    return text;
}

void print(const Json& document, Terminal& terminal) {
    const Json& running = document["running"];
    const Json& last = document["last"];
    if (!running.is_null()) {
        terminal.line("An mcastd is running:");
        terminal.line(details(running));
    }
    if (last.is_null()) {
        terminal.line(running.is_null() ? "No run is noted." : "No run before it is noted.");
        return;
    }
    terminal.line((running.is_null() ? "The last run " : "The run before it ") +
                  printable(last["sentence"].text) + ".");
    terminal.line(details(last));
}

// Without a daemon to ask, the note in the state directory.
Result<std::string> from_note(const std::string& directory) {
    const bool runs = is_locked(directory + "/lock");
    const Result<Run> run = read_last_run(directory, runs);
    if (!run) return run.error();
    mcast::cli::JsonWriter json;
    json.begin_object().key("running");
    runs ? json.raw(run_json(*run)) : json.null();
    json.key("last");
    runs ? json.null() : json.raw(run_json(*run));
    return json.end_object().text();
}

Result<std::string> find_out(const WhyOptions& options) {
    Result<ControlClient> client = ControlClient::connect(options.socket);
    return client ? client->ask("why") : from_note(options.state);
}

}  // namespace

void add_why(CLI::App& app) {
    CLI::App* const command = app.add_subcommand("why", "Why the last run of the daemon ended");
    const auto options = std::make_shared<WhyOptions>();
    add_control_options(*command, *options);
    command->add_option("--state", options->state, "Where the daemon keeps its notes")
        ->envname("MCAST_STATE_DIRECTORY")
        ->type_name("DIRECTORY")
        ->capture_default_str();
    command->footer(
        "Examples:\n"
        "  mcastd why        stopped by whom, crashed, killed, out of memory, refused\n"
        "A running daemon is asked over its control socket; otherwise the note in the state\n"
        "directory is read, which under systemd only root may.");
    command->callback([options] {
        Terminal terminal("mcastd");
        const Result<std::string> answer = find_out(*options);
        if (!answer) fail(terminal, "why", answer.error());
        if (options->json) return terminal.line(*answer);
        const Result<Json> document = Json::parse(*answer);
        if (!document) fail(terminal, "why", document.error());
        print(*document, terminal);
    });
}

}  // namespace mcastd
