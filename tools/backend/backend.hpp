#pragma once

#include <string>
#include <vector>

#include "mcast/node.hpp"
#include "mcast/options.hpp"
#include "mcast/result.hpp"

namespace mcast::tools {

// What --backend may say without more, the default first.
[[nodiscard]] const std::vector<std::string>& backends();
// Whether it is one of them, or "dpdk:" and a device as mcast/dpdk.hpp knows them.
[[nodiscard]] bool is_backend(const std::string& name);

// A node over the backend of that name, with the options that the default host would have.
// InvalidArgument: there is none of that name.
[[nodiscard]] Result<Node> open_node(const NodeOptions& options, const std::string& backend);

// Why the node runs over another backend than was asked for; empty if it does not.
[[nodiscard]] std::string why_not(const Node& node, const std::string& backend);

}  // namespace mcast::tools
