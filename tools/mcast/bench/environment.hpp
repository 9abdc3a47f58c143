#pragma once

#include <string>
#include <vector>

#include "tools/mcast/bench/facts.hpp"

namespace mcast::bench {

// Machine, kernel, interface, sysctls and build.
[[nodiscard]] std::vector<FactGroup> environment(const std::string& interface);

}  // namespace mcast::bench
