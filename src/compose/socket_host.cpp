#include <utility>

#include "mcast/socket.hpp"
#include "platform/entropy.hpp"
#include "platform/netlink_monitor.hpp"
#include "platform/steady_clock.hpp"
#include "transports/socket/socket_transport.hpp"

namespace mcast::socket {

Result<Host> host(const Options& options) {
    Host host;
    host.clock = std::make_unique<platform::SteadyClock>();
    auto monitor = platform::make_netlink_monitor();
    if (!monitor) return monitor.error();
    host.interfaces = std::move(*monitor);
    auto transport = make_transport(options, *host.clock);
    if (!transport) return transport.error();
    host.transport = std::move(*transport);
    host.seed = platform::random_seed();
    return host;
}

}  // namespace mcast::socket
