#include "tests/conformance/socket_world.hpp"
#include "transports/uring/uring_transport.hpp"

namespace mcast::conformance {

Result<std::unique_ptr<Transport>> make_kernel_transport(const socket::Options& options,
                                                         const Clock& clock) {
    uring::Options all;
    all.sockets = options;
    all.busy_poll = options.busy_poll;
    return uring::make_transport(all, clock);
}

}  // namespace mcast::conformance
