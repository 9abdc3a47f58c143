#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <utility>

#include "tools/mcast/json_writer.hpp"
#include "tools/mcast/terminal.hpp"
#include "tools/mcast/text.hpp"
#include "tools/mcastd/config_options.hpp"
#include "tools/mcastd/control_client.hpp"
#include "tools/mcastd/control_options.hpp"
#include "tools/mcastd/json.hpp"

namespace mcastd {
namespace {

using mcast::Error;
using mcast::ErrorCode;
using mcast::Result;
using mcast::cli::printable;
using mcast::cli::Terminal;

struct ReloadOptions : ControlOptions {
    ConfigOptions config;
    bool socket_given = false;
};

// Where the daemon is asked.
struct Place {
    std::string socket;    // empty: the configuration has none
    std::string mistakes;  // of the configuration, which then does not say where
};

Place place_of(const ReloadOptions& options) {
    if (options.socket_given || options.config.file.empty()) return {options.socket, ""};
    const ConfigResult result = options.config.load();
    if (result.config) return {result.config->control.socket, ""};
    std::string messages = result.messages();
    messages.pop_back();  // the end of the last line
    return {options.socket, std::move(messages)};
}

// The daemon that ExecReload= is about (systemd.exec(5)); 0: this is not systemd's.
pid_t service_pid() {
    const char* const given = std::getenv("MAINPID");
    return given == nullptr ? 0 : static_cast<pid_t>(std::strtol(given, nullptr, 10));
}

Result<std::string> by_signal(pid_t daemon) {
    const std::string whom = "SIGHUP to pid " + std::to_string(daemon);
    if (::kill(daemon, SIGHUP) != 0)
        return Error{ErrorCode::System, errno, whom + ": " + std::strerror(errno)};
    mcast::cli::JsonWriter json;
    return json.begin_object()
        .field("text", "sent " + whom + "; its log says whether it could be applied")
        .end_object()
        .text();
}

Result<std::string> ask(const ReloadOptions& options) {
    const Place place = place_of(options);
    Result<ControlClient> client = ControlClient::connect(place.socket);
    // Nobody may listen there, since the configuration has no socket or says another one now; or
    // another daemon does.
    const pid_t meant = service_pid();
    const bool is_other = meant > 0 && (!client || client->daemon() != meant);
    if (is_other) {
        Result<std::string> sent = by_signal(meant);
        if (!sent || place.mistakes.empty()) return sent;
    }
    if (!place.mistakes.empty() && (is_other || !client))
        return Error{ErrorCode::InvalidArgument, 0, place.mistakes};
    if (place.socket.empty()) {
        return Error{ErrorCode::InvalidArgument, 0,
                     options.config.file + " has no control socket: send the daemon SIGHUP"};
    }
    return client ? client->ask("reload") : client.error();
}

}  // namespace

void add_reload(CLI::App& app) {
    CLI::App* const command = app.add_subcommand(
        "reload", "Have the daemon read its configuration again, and apply it or say why not");
    const auto options = std::make_shared<ReloadOptions>();
    add_control_options(*command, *options);
    command
        ->add_option("--config", options->config.file,
                     "The daemon's, which says its control socket unless --socket does")
        ->envname("MCAST_CONFIG")
        ->type_name("FILE");
    command->footer(
        "Examples:\n"
        "  mcastd reload\n"
        "  mcastd reload --config mcastd.toml    of the daemon whose configuration this is");
    command->callback([command, options] {
        options->socket_given = command->count("--socket") > 0;
        Terminal terminal("mcastd");
        const Result<std::string> answer = ask(*options);
        if (!answer) fail(terminal, "reload", answer.error());
        const Result<Json> document = Json::parse(*answer);
        if (!document) fail(terminal, "reload", document.error());
        if (options->json) return terminal.line(*answer);
        terminal.line(printable((*document)["text"].text));
        for (const Json& warning : (*document)["warnings"].elements)
            terminal.note(printable(warning.text));
    });
}

}  // namespace mcastd
