#include "mcast/socket.hpp"

namespace mcast::socket {

// Stands where the socket backend was left out of the build, so that Node::open() says so.
Result<Host> host(const Options&) {
    return Error{ErrorCode::Unsupported, 0,
                 "this libmcast was built without kernel sockets: build it with -Dsocket=enabled, "
                 "or open the node over another host"};
}

}  // namespace mcast::socket
