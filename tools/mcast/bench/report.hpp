#pragma once

#include <string>
#include <vector>

#include "tools/mcast/bench/goals.hpp"
#include "tools/mcast/bench/peer_rows.hpp"
#include "tools/mcast/bench/suite.hpp"

namespace mcast::bench {

// One HTML page with all plots in it, that needs nothing else: for a colleague, or a drawer.
[[nodiscard]] std::string report(const Suite& suite, const Place& place,
                                 const std::vector<Goal>& goals, const std::vector<PeerRow>& peers);

}  // namespace mcast::bench
