#pragma once

#include <optional>

#include "mcast/result.hpp"
#include "mcast/socket.hpp"
#include "transports/socket/pinned_socket.hpp"

namespace mcast::socket {

// A socket on a port of its own that receives unicast and sends everything, ready to send
// multicast, broadcast and unicast on its interface, never fragmented. `adopted`: one that an
// earlier run has bound, or none.
Result<PinnedSocket> open_unicast_socket(const SocketPlan& plan, const Options& options,
                                         std::optional<PinnedSocket> adopted = std::nullopt);

// Whether other sockets of this machine hear what it multicasts; once it is open they do.
void loop_multicast(const PinnedSocket& socket, bool on);

}  // namespace mcast::socket
