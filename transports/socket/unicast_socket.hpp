#pragma once

#include "mcast/result.hpp"
#include "mcast/socket.hpp"
#include "transports/socket/pinned_socket.hpp"

namespace mcast::socket {

// A socket on a port of its own that receives unicast and sends everything, ready to send
// multicast, broadcast and unicast on its interface, never fragmented.
Result<PinnedSocket> open_unicast_socket(const SocketPlan& plan, const Options& options);

}  // namespace mcast::socket
