#pragma once

#include <string>

#include "tools/mcast/bench/suite.hpp"

namespace mcast::bench {

// All figures, raw, with what they depend on: one object on one line. bench/README.md names its
// fields.
[[nodiscard]] std::string results_json(const Suite& suite, const Place& place);

}  // namespace mcast::bench
