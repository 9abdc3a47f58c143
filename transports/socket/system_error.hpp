#pragma once

#include <string>

#include "mcast/result.hpp"

namespace mcast::socket {

// "Address already in use".
[[nodiscard]] std::string describe(int error_number);

// "`step`: Address already in use", with the code that fits and, where there is one, the remedy.
[[nodiscard]] Error system_error(const std::string& step, int error_number);

}  // namespace mcast::socket
