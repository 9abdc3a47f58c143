#pragma once

#include <memory>

#include "mcast/interface.hpp"
#include "mcast/result.hpp"

namespace mcast::platform {

// Watches the interfaces of the network namespace that the calling thread is in. The list is
// complete from the start. Fails where the kernel gives no rtnetlink socket; in whatever state
// interfaces are, it does not.
[[nodiscard]] Result<std::unique_ptr<InterfaceMonitor>> make_netlink_monitor();

}  // namespace mcast::platform
