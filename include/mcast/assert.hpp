#pragma once

#include "mcast/export.hpp"

namespace mcast::detail {
[[noreturn]] MCAST_API void assertion_failed(const char* expression, const char* explanation,
                                             const char* file, int line) noexcept;
}  // namespace mcast::detail

// A programmer's error: ends the process with one sentence, in release builds too. Never for bytes
// from the network, files or users: those are counted or returned as an Error.
#define MCAST_ASSERT(condition, explanation) \
    (static_cast<bool>(condition)            \
         ? static_cast<void>(0)              \
         : ::mcast::detail::assertion_failed(#condition, explanation, __FILE__, __LINE__))
