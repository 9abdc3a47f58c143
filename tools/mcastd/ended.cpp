#include <cstdlib>
#include <string>

#include "tools/mcast/terminal.hpp"
#include "tools/mcastd/control_options.hpp"
#include "tools/mcastd/run_record.hpp"

namespace mcastd {
namespace {

std::string variable(const char* name) {
    const char* const value = std::getenv(name);
    return value == nullptr ? "" : value;
}

}  // namespace

void add_ended(CLI::App& app) {
    // For the unit, not for people: no group, so that help does not show it.
    CLI::App* const command =
        app.add_subcommand("ended", "Note what systemd knows of the end of the daemon");
    command->group("");
    command->callback([] {
        mcast::cli::Terminal terminal("mcastd");
        // systemd.exec(5), for ExecStopPost=.
        const std::string result = variable("SERVICE_RESULT");
        if (result.empty()) {
            fail(terminal, "ended",
                 {mcast::ErrorCode::InvalidArgument, 0,
                  "SERVICE_RESULT is not set: this is for ExecStopPost= of mcastd.service"});
        }
        const auto noted =
            note_service_result(default_state_directory(), result, variable("EXIT_STATUS"));
        if (!noted) fail(terminal, "ended", noted.error());
    });
}

}  // namespace mcastd
