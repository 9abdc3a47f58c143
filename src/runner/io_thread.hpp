#pragma once

#include <functional>
#include <string>
#include <thread>

#include "mcast/result.hpp"

namespace mcast::detail {

// Starts a thread that blocks every signal, so that an application's handlers run on its own
// threads. Fails if the system has no thread left.
[[nodiscard]] Result<std::thread> start_io_thread(std::function<void()> body);

// Of the calling thread. `name`: at most 15 bytes; `core`: -1 for any.
[[nodiscard]] Result<void> set_up_this_thread(const std::string& name, int core);

}  // namespace mcast::detail
