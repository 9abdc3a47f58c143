#pragma once

#include <string>
#include <vector>

#include "mcast/node.hpp"
#include "tools/mcast/bench/device.hpp"

namespace mcast::bench {

// A node over the backend of this name. Two ends of DPDK have devices that differ by role.
[[nodiscard]] Result<Node> open_node(const NodeOptions& options, const std::string& backend,
                                     Role role);
// The device of an end, as DPDK wants to hear it. `run`: as device_text() wants it.
[[nodiscard]] Result<std::string> device_for(const std::string& backend, Role role,
                                             const std::string& run);

// The names of all backends, wherever they can be had.
[[nodiscard]] std::vector<std::string> backend_names();
// What this build and this host have, and have not.
struct Backends {
    struct Missing {
        std::string name;
        std::string why;
    };
    std::vector<std::string> usable;
    std::vector<Missing> missing;
};
// `namespaces`: of our own can be made. `apart`: the other end is on another machine.
[[nodiscard]] Backends backends(bool namespaces, bool apart);

}  // namespace mcast::bench
