#pragma once

#include <string>
#include <vector>

#include "mcast/options.hpp"
#include "mcast/result.hpp"
#include "tools/mcast/bench/lab.hpp"
#include "tools/mcast/bench/round.hpp"

namespace mcast::bench {

// What a node that only discovers costs, in a process that does nothing else: `mcast bench
// idle-node`, which is for this and not for people.
inline constexpr const char* kIdleNode = "idle-node";

// Starts that process on the lab's first host.
[[nodiscard]] Result<Round> run_idle(Lab& lab, const std::vector<std::string>& options,
                                     const Case& what, const Timing& timing);
// Is that process: the line that it prints.
[[nodiscard]] Result<std::string> be_idle(const NodeOptions& options, const std::string& backend,
                                          const Timing& timing);

}  // namespace mcast::bench
