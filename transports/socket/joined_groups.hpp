#pragma once

#include <vector>

#include "mcast/address.hpp"
#include "mcast/interface.hpp"

namespace mcast::socket {

// The groups that a socket has joined on an interface. The kernel does not list them: of all that
// anybody on the host has joined there (/proc/net/igmp, igmp6), each is asked for (RFC 3678, 5.2).
[[nodiscard]] std::vector<Address> joined_groups(int fd, InterfaceIndex interface, Family family);

}  // namespace mcast::socket
