#include <algorithm>
#include <utility>

#include "compose/kernel_host.hpp"
#include "mcast/uring.hpp"
#include "transports/socket/socket_transport.hpp"
#include "transports/uring/uring_transport.hpp"

namespace mcast::uring {

Result<Host> host(const Options& options) {
    Result<Host> host = kernel_host();
    if (!host) return host;
    Options all = options;
    all.busy_poll = all.sockets.busy_poll = std::max(options.busy_poll, options.sockets.busy_poll);
    auto transport = make_transport(all, *host->clock);
    // What is wrong with the options is so for plain sockets, too, and reads the same there.
    if (!transport && options.fallback)
        transport = socket::make_transport(all.sockets, *host->clock,
                                           "not over io_uring: " + transport.error().what);
    if (!transport) return transport.error();
    host->transport = std::move(*transport);
    return host;
}

}  // namespace mcast::uring
