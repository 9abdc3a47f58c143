#include "tools/mcastd/control_options.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>

#include "tools/mcast/common_options.hpp"

namespace mcastd {

void add_control_options(CLI::App& command, ControlOptions& options) {
    command.add_flag("--json", options.json, "Print the daemon's answer as it is: JSON, one line");
    command.add_option("--socket", options.socket, "The control socket of the daemon")
        ->envname("MCAST_CONTROL_SOCKET")
        ->type_name("PATH")
        ->capture_default_str();
}

void end_with(int code) {
    throw CLI::RuntimeError(code);
}

void fail(mcast::cli::Terminal& terminal, const std::string& command, const mcast::Error& error) {
    terminal.note(command + ": " + error.what);
    end_with(mcast::cli::kFailure);
}

std::size_t output_width() {
    constexpr std::size_t kUnknown = 80;
    winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
    const char* const columns = std::getenv("COLUMNS");
    const long given = columns == nullptr ? 0 : std::strtol(columns, nullptr, 10);
    constexpr long kMost = 1000;
    return given > 0 && given <= kMost ? static_cast<std::size_t>(given) : kUnknown;
}

}  // namespace mcastd
