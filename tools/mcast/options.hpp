#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mcast/time.hpp"
#include "tools/mcast/common_options.hpp"

namespace mcast::cli {

void add_common(CLI::App& command, CommonOptions& options);

// An option whose value is a duration.
CLI::Option* add_duration(CLI::App& command, const std::string& name,
                          std::optional<Duration>& duration, const std::string& description);

// An option whose value is a whole number from 1 on.
CLI::Option* add_count(CLI::App& command, const std::string& name,
                       std::optional<std::uint64_t>& count, const std::string& description);

// CLI11 takes "[1,2]" for a list of "1" and "2" where an argument may be repeated. protect() ends
// such arguments with a character that keeps it from doing so; unprotect() takes it away again.
[[nodiscard]] std::vector<std::string> protect(int argument_count, char** arguments);
[[nodiscard]] std::string unprotect(std::string argument);

// The positional TOPIC, checked as libmcast will.
CLI::Option* add_topic(CLI::App& command, std::string& topic);

}  // namespace mcast::cli
