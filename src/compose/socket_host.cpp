#include <utility>

#include "compose/kernel_host.hpp"
#include "mcast/socket.hpp"
#include "transports/socket/socket_transport.hpp"

namespace mcast::socket {

Result<Host> host(const Options& options) {
    Result<Host> host = kernel_host();
    if (!host) return host;
    auto transport = make_transport(options, *host->clock);
    if (!transport) return transport.error();
    host->transport = std::move(*transport);
    return host;
}

}  // namespace mcast::socket
