#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "mcast/options.hpp"
#include "mcast/result.hpp"
#include "mcast/time.hpp"

namespace mcast::cli {

// What all commands have in common.
struct CommonOptions {
    NodeOptions node;
    std::optional<Duration> duration;
    bool json = false;
};

void add_common(CLI::App& command, CommonOptions& options);

// An option whose value is a duration.
CLI::Option* add_duration(CLI::App& command, const std::string& name,
                          std::optional<Duration>& duration, const std::string& description);

// The positional TOPIC, checked as libmcast will.
CLI::Option* add_topic(CLI::App& command, std::string& topic);

// Exit codes: what was typed can be mended by typing something else (2), or the world has to
// change (1).
inline constexpr int kSuccess = 0;
inline constexpr int kFailure = 1;
inline constexpr int kUsage = 2;
[[nodiscard]] int exit_code(const Error& error);

}  // namespace mcast::cli
