#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <memory>
#include <string>

#include "tools/mcast/common_options.hpp"
#include "tools/mcast/terminal.hpp"
#include "tools/mcastd/control_client.hpp"
#include "tools/mcastd/control_options.hpp"
#include "tools/mcastd/json.hpp"
#include "tools/mcastd/tables.hpp"

namespace mcastd {
namespace {

using mcast::Result;
using mcast::cli::Terminal;

struct View {
    const char* name;
    const char* description;
    const char* example;
    std::string (*table)(const Json&, std::size_t);
};

constexpr std::array<View, 5> kViews{{
    {"status", "What the daemon does, its routes, limits and counters",
     "Examples:\n"
     "  mcastd status                     at a glance\n"
     "  mcastd status --watch             redrawn each second\n"
     "  mcastd status --json              one JSON document, for programs",
     status_table},
    {"peers", "Peers that are known: where they are heard, and through which relay",
     "Examples:\n  mcastd peers --watch", peers_table},
    {"topics", "Topics that are published or subscribed to, and what was forwarded of each",
     "Examples:\n  mcastd topics --json", topics_table},
    {"interfaces", "All interfaces: used, or why not; rates, losses, other relays",
     "Examples:\n  mcastd interfaces --watch", interfaces_table},
    {"rules", "The rules, how often each decided, and when last", "Examples:\n  mcastd rules",
     rules_table},
}};

struct ViewOptions : ControlOptions {
    bool watch = false;
};

volatile std::sig_atomic_t g_interrupted = 0;  // set by the handler, which can see nothing else

// Lines of the terminal; a view longer than that would scroll away its head.
std::size_t terminal_height() {
    winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0) return 24;
    return size.ws_row;
}

std::string first_lines(const std::string& text, std::size_t count) {
    std::size_t end = 0;
    for (std::size_t i = 0; i < count && end < text.size(); ++i)
        end = text.find('\n', end) + 1;  // each line of a table has its end
    return text.substr(0, end);
}

Result<std::string> shown(const View& view, const ViewOptions& options, ControlClient& client) {
    Result<std::string> answer = client.ask(view.name);
    if (!answer) return answer;
    if (options.json) return *answer + "\n";
    const Result<Json> document = Json::parse(*answer);
    if (!document) return document.error();
    return view.table(*document, output_width());
}

// Each second, until Ctrl-C or until nobody reads any more.
Result<void> watch(const View& view, const ViewOptions& options, ControlClient& client,
                   Terminal& terminal) {
    std::signal(SIGINT, [](int) { g_interrupted = 1; });
    std::signal(SIGTERM, [](int) { g_interrupted = 1; });
    const bool redraw = ::isatty(STDOUT_FILENO) == 1 && !options.json;
    while (g_interrupted == 0 && !terminal.closed()) {
        const Result<std::string> text = shown(view, options, client);
        if (!text) return text.error();
        if (redraw) {
            // Cursor home, the lines, erase what is below (ECMA-48 CUP, ED): no flicker. Each line
            // erases its own rest first.
            std::string lines = first_lines(*text, terminal_height() - 1);
            for (std::size_t at = 0; (at = lines.find('\n', at)) != std::string::npos; at += 4)
                lines.insert(at, "\x1b[K");
            terminal.text("\x1b[H" + lines + "\x1b[J");
        } else {
            terminal.text(options.json ? *text : *text + "\n");
        }
        terminal.flush();
        constexpr int kMilliseconds = 1000;
        ::poll(nullptr, 0, kMilliseconds);
    }
    return {};
}

void run(const View& view, const ViewOptions& options) {
    Terminal terminal("mcastd");
    Result<ControlClient> client = ControlClient::connect(options.socket);
    if (!client) fail(terminal, view.name, client.error());
    if (options.watch) {
        const Result<void> watched = watch(view, options, *client, terminal);
        if (!watched) fail(terminal, view.name, watched.error());
        return;
    }
    const Result<std::string> text = shown(view, options, *client);
    if (!text) fail(terminal, view.name, text.error());
    terminal.text(*text);
}

}  // namespace

CLI::App& add_views(CLI::App& app) {
    CLI::App* last = &app;
    for (const View& view : kViews) {
        CLI::App* const command = app.add_subcommand(view.name, view.description);
        last = command;
        const auto options = std::make_shared<ViewOptions>();
        add_control_options(*command, *options);
        command->add_flag("--watch", options->watch, "Show it anew each second, until Ctrl-C");
        command->footer(view.example);
        command->callback([command, &view, options] {
            // `rules explain` is not a look at a running daemon.
            if (command->get_subcommands().empty()) run(view, *options);
        });
    }
    return *last;
}

}  // namespace mcastd
