#include "mcast/socket.hpp"
#include "mcast/uring.hpp"

namespace mcast {

namespace {

// Stands where the socket backend was left out of the build, so that Node::open() says so.
Error without_sockets() {
    return {ErrorCode::Unsupported, 0,
            "this libmcast was built without kernel sockets: build it with -Dsocket=enabled, or "
            "open the node over another host"};
}

}  // namespace

Result<Host> socket::host(const Options&) {
    return without_sockets();
}

Result<Host> uring::host(const Options&) {
    return without_sockets();
}

}  // namespace mcast
