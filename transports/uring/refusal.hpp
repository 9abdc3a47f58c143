#pragma once

#include <liburing.h>

#include <cstdint>
#include <optional>
#include <string>

#include "mcast/result.hpp"

namespace mcast::uring {

// What of this host decides whether a process may have an io_uring.
struct Facts {
    std::string disabled;  // what the sysctl kernel.io_uring_disabled says; "": there is none
    std::string release;   // of the kernel, "6.1.0-18-amd64"
    std::string memlock;   // the limit of locked memory, "64 KiB"
};

[[nodiscard]] Facts present_facts();

// What the kernel was asked for.
enum class Step : std::uint8_t { Setup, Buffers };

// Why it refused that, and how to get it, in one sentence.
[[nodiscard]] Error refusal(Step step, int error, const Facts& facts);

// The first operation that we need and this kernel does not have.
[[nodiscard]] std::optional<Error> missing_operation(io_uring& ring);

}  // namespace mcast::uring
