#include "transports/uring/uring_transport.hpp"

namespace mcast::uring {

// Stands where the io_uring backend was left out of the build, so that host() says so.
Result<std::unique_ptr<Transport>> make_transport(const Options&, const Clock&) {
    return Error{ErrorCode::Unsupported, 0,
                 "this libmcast was built without io_uring: install liburing (Debian: "
                 "liburing-dev) and build it with -During=enabled"};
}

}  // namespace mcast::uring
