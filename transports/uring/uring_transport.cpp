#include "transports/uring/uring_transport.hpp"

#include "transports/socket/socket_transport.hpp"
#include "transports/uring/uring_engine.hpp"

namespace mcast::uring {

Result<std::unique_ptr<Transport>> make_transport(const Options& options, const Clock& clock) {
    return socket::make_transport(
        options.sockets, clock,
        [&options](const socket::Options& sockets, const Clock& engine_clock) {
            return UringEngine::open(options, sockets, engine_clock);
        });
}

}  // namespace mcast::uring
