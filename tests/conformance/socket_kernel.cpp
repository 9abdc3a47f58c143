#include "tests/conformance/socket_world.hpp"
#include "transports/socket/socket_transport.hpp"

namespace mcast::conformance {

Result<std::unique_ptr<Transport>> make_kernel_transport(const socket::Options& options,
                                                         const Clock& clock) {
    return socket::make_transport(options, clock);
}

}  // namespace mcast::conformance
