#pragma once

#include <string>
#include <vector>

#include "mcast/node.hpp"

namespace mcast::bench {

// A node over the backend of this name.
[[nodiscard]] Result<Node> open_node(const NodeOptions& options, const std::string& backend);
// The names of those that this build and this host have.
[[nodiscard]] std::vector<std::string> backends();

}  // namespace mcast::bench
