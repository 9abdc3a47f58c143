#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

namespace mcast {

enum class LogLevel : std::uint8_t { Debug, Info, Warning, Error };

// Receives one line without its end. Called on the node's thread, from within its calls.
using Log = std::function<void(LogLevel, std::string_view)>;

}  // namespace mcast
