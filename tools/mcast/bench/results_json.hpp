#pragma once

#include <string>
#include <vector>

#include "tools/mcast/bench/goals.hpp"
#include "tools/mcast/bench/peer_rows.hpp"
#include "tools/mcast/bench/suite.hpp"

namespace mcast::bench {

// All figures, raw, with what they depend on: one object on one line. bench/README.md names its
// fields.
[[nodiscard]] std::string results_json(const Suite& suite, const Place& place,
                                       const std::vector<Goal>& goals,
                                       const std::vector<PeerRow>& peers);

}  // namespace mcast::bench
