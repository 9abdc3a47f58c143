#pragma once

#include "mcast/result.hpp"
#include "mcast/socket.hpp"
#include "mcast/transport.hpp"

namespace mcast::socket {

// Options that make sense, with datagram_max as a multiple of 8; or one sentence on what does not.
Result<Options> checked(const Options& options);

// What this kernel gives a process like ours, tried on a socket that is closed again. Switches off
// in the options what it has not.
void note_kernel_abilities(Options& options, Capabilities& capabilities);

}  // namespace mcast::socket
