#pragma once

#include <cstdint>
#include <memory>

#include "mcast/interface.hpp"
#include "mcast/time.hpp"
#include "mcast/transport.hpp"

namespace mcast {

// Everything the outside world can do to a node. mcast::socket::host() makes the kernel's,
// sim::Lan::host() a simulated one.
struct Host {
    std::unique_ptr<Clock> clock;
    std::unique_ptr<InterfaceMonitor> interfaces;
    std::unique_ptr<Transport> transport;
    std::uint64_t seed = 0;  // of all random choices of the node, its identity among them
};

}  // namespace mcast
