#pragma once

#include "mcast/host.hpp"
#include "mcast/result.hpp"

namespace mcast {

// What all hosts of this machine's kernel share, without a transport: the steady clock, rtnetlink
// and a random seed.
[[nodiscard]] Result<Host> kernel_host();

}  // namespace mcast
