#pragma once

#include <memory>

#include "mcast/result.hpp"
#include "mcast/transport.hpp"
#include "mcast/uring.hpp"

namespace mcast::uring {

// The transport over kernel sockets and io_uring, without falling back. The clock must outlive it,
// and count like CLOCK_MONOTONIC.
[[nodiscard]] MCAST_API Result<std::unique_ptr<Transport>> make_transport(const Options& options,
                                                                          const Clock& clock);

}  // namespace mcast::uring
