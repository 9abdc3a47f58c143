#pragma once

#include <string>
#include <utility>
#include <vector>

namespace mcast::bench {

// Driver, MTU, offloads, queues and interrupt moderation of an interface of the current network
// namespace, as ethtool(8) shows them.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> nic_facts(
    const std::string& interface);

}  // namespace mcast::bench
