#pragma once

#include <cstdint>
#include <string>

#include "mcast/address.hpp"

namespace mcast::socket {

// Who holds a UDP port of this network namespace, for error messages:
// "held by pid 812 'avahi'", "held by a process of another user", or "" if nobody does any more.
[[nodiscard]] std::string port_holder(Family family, std::uint16_t port);

}  // namespace mcast::socket
