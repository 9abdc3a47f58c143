#pragma once

#include <optional>
#include <string>

#include "mcast/options.hpp"
#include "mcast/result.hpp"
#include "mcast/time.hpp"

namespace mcast::cli {

// What all commands have in common.
struct CommonOptions {
    NodeOptions node;
    std::string backend = "socket";  // one of tools::backends()
    std::optional<Duration> duration;
    bool json = false;
};

// Exit codes: what was typed can be mended by typing something else (2), or the world has to
// change (1).
inline constexpr int kSuccess = 0;
inline constexpr int kFailure = 1;
inline constexpr int kUsage = 2;
[[nodiscard]] inline int exit_code(const Error& error) {
    return error.code == ErrorCode::InvalidArgument ? kUsage : kFailure;
}

}  // namespace mcast::cli
