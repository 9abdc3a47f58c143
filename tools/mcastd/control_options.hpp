#pragma once

#include <CLI/CLI.hpp>
#include <cstddef>
#include <string>

#include "mcast/result.hpp"
#include "tools/mcast/terminal.hpp"

namespace mcastd {

inline constexpr const char* kDefaultControlSocket = "/run/mcastd/control";

// What the commands that ask a running daemon have in common.
struct ControlOptions {
    std::string socket = kDefaultControlSocket;
    bool json = false;
};

void add_control_options(CLI::App& command, ControlOptions& options);

// Ends a command from within its callback: CLI11's own way to say an exit code.
[[noreturn]] void end_with(int code);
// The same with a sentence on standard error.
[[noreturn]] void fail(mcast::cli::Terminal& terminal, const std::string& command,
                       const mcast::Error& error);

// Columns that a table may have: the terminal's, COLUMNS, or 80.
[[nodiscard]] std::size_t output_width();

// Each a command of the command line, run by CLI11 as it parses.
void add_run(CLI::App& app);         // run
CLI::App& add_views(CLI::App& app);  // status, peers, topics, interfaces, rules; returns `rules`
void add_why(CLI::App& app);         // why
void add_reload(CLI::App& app);      // reload
void add_ended(CLI::App& app);       // ended, for ExecStopPost= of the unit

}  // namespace mcastd
