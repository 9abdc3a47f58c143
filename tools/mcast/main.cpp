#include <CLI/CLI.hpp>
#include <array>
#include <cstdio>
#include <exception>
#include <string>

#include "tools/mcast/bench/command.hpp"
#include "tools/mcast/file/receive_file.hpp"
#include "tools/mcast/file/send_file.hpp"
#include "tools/mcast/interfaces.hpp"
#include "tools/mcast/ledger.hpp"
#include "tools/mcast/options.hpp"
#include "tools/mcast/peers.hpp"
#include "tools/mcast/ping.hpp"
#include "tools/mcast/pub.hpp"
#include "tools/mcast/sub.hpp"
#include "tools/mcast/text.hpp"

namespace mcast::cli {
namespace {

constexpr const char* kFooter =
    "Examples:\n"
    "  mcast sub greetings                              in one terminal,\n"
    "  mcast pub greetings hello                        in another, on any host of the LAN\n"
    "  mcast sub input --schema game.capnp:Input        readable fields of Cap'n Proto messages\n"
    "  mcast ping living-room                           round trips\n"
    "  mcast peers                                      who is there\n"
    "  mcast ledger log --reliable                      what became of each datagram\n"
    "  mcast send-file image.img --receivers 3          to all who run mcast receive-file\n"
    "  mcast interfaces                                 what is used here, or why not\n"
    "  mcast bench --quick                              how fast, beside the raw path\n"
    "`mcast COMMAND --help` tells more. Exit codes: 0 done, 1 it did not work, 2 wrong usage.";

// One sentence, and where to read on.
int usage(Terminal& terminal, const std::string& command, std::string what) {
    // CLI11 puts some of its messages on several lines.
    for (char& character : what)
        character = character == '\n' ? ' ' : character;
    while (what.ends_with(' ') || what.ends_with('.'))
        what.pop_back();
    terminal.note((command == "mcast" ? "" : command.substr(6) + ": ") + printable(what) +
                  " (see " + command + " --help)");
    return kUsage;
}

int run(int argument_count, char** arguments) {
    Terminal terminal;
    PubCommand pub;
    SubCommand sub;
    PingCommand ping;
    PeersCommand peers;
    InterfacesCommand interfaces;
    LedgerCommand ledger;
    bench::BenchCommand bench;
    SendFileCommand send_file;
    ReceiveFileCommand receive_file;
    const std::array<Command*, 9> commands{&pub,       &sub,          &ping,       &peers, &ledger,
                                           &send_file, &receive_file, &interfaces, &bench};

    CLI::App app(
        "Messaging over UDP multicast on a local network: publish, subscribe, look around.",
        "mcast");
    app.set_version_flag("--version", "mcast " MCAST_VERSION);
    app.require_subcommand(0, 1);
    app.footer(kFooter);
    for (Command* command : commands)
        command->add_to(app);

    std::string name = "mcast";
    try {
        app.parse(protect(argument_count, arguments));
    } catch (const CLI::CallForHelp&) {
        for (const CLI::App* chosen : app.get_subcommands())
            name += " " + chosen->get_name();
        const auto chosen = app.get_subcommands();
        terminal.text(chosen.empty() ? app.help() : chosen.front()->help("mcast"));
        return kSuccess;
    } catch (const CLI::CallForVersion&) {
        terminal.line("mcast " MCAST_VERSION);
        return kSuccess;
    } catch (const CLI::ParseError& error) {
        for (const CLI::App* chosen : app.get_subcommands())
            name += " " + chosen->get_name();
        return usage(terminal, name, error.what());
    }
    for (Command* command : commands) {
        if (!command->chosen()) continue;
        const Result<int> result = command->run(terminal);
        if (result) return *result;
        terminal.status("");
        terminal.note(command->name() + ": " + result.error().what);
        return exit_code(result.error());
    }
    terminal.text(app.help());
    return kUsage;
}

}  // namespace
}  // namespace mcast::cli

int main(int argument_count, char** arguments) {
    try {
        return mcast::cli::run(argument_count, arguments);
    } catch (const std::exception& error) {  // out of memory, say
        std::fprintf(stderr, "mcast: %s\n", error.what());
        return mcast::cli::kFailure;
    }
}
