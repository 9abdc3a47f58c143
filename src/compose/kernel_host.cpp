#include "compose/kernel_host.hpp"

#include <utility>

#include "platform/entropy.hpp"
#include "platform/netlink_monitor.hpp"
#include "platform/steady_clock.hpp"

namespace mcast {

Result<Host> kernel_host() {
    Host host;
    host.clock = std::make_unique<platform::SteadyClock>();
    auto monitor = platform::make_netlink_monitor();
    if (!monitor) return monitor.error();
    host.interfaces = std::move(*monitor);
    host.seed = platform::random_seed();
    return host;
}

}  // namespace mcast
