#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include "mcast/address.hpp"
#include "mcast/interface.hpp"

namespace mcast::socket {

// The kernel's form of an Endpoint, of either family.
union SocketAddress {
    sockaddr generic;
    sockaddr_in ipv4;
    sockaddr_in6 ipv6;
};

[[nodiscard]] int kernel_family(Family family);  // AF_INET, AF_INET6

// `interface` becomes the scope of an IPv6 address that has one (link-local, multicast).
// Returns how many bytes of `out` count; 0 for an Endpoint without an address.
socklen_t to_kernel(const Endpoint& endpoint, InterfaceIndex interface, SocketAddress& out);

[[nodiscard]] Endpoint to_endpoint(const SocketAddress& address);
[[nodiscard]] Address to_address(const in_addr& address);
[[nodiscard]] Address to_address(const in6_addr& address);
[[nodiscard]] in_addr to_in_addr(const Address& address);
[[nodiscard]] in6_addr to_in6_addr(const Address& address);

}  // namespace mcast::socket
