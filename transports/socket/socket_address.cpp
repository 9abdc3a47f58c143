#include "transports/socket/socket_address.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace mcast::socket {

int kernel_family(Family family) {
    return family == Family::Ipv6 ? AF_INET6 : AF_INET;
}

in_addr to_in_addr(const Address& address) {
    in_addr result{};
    if (address.family() == Family::Ipv4)
        std::memcpy(&result, address.bytes().data(), sizeof(result));
    return result;
}

in6_addr to_in6_addr(const Address& address) {
    in6_addr result{};
    if (address.family() == Family::Ipv6)
        std::memcpy(&result, address.bytes().data(), sizeof(result));
    return result;
}

Address to_address(const in_addr& address) {
    std::array<std::uint8_t, 4> bytes{};
    std::memcpy(bytes.data(), &address, bytes.size());
    return Address::ipv4(bytes[0], bytes[1], bytes[2], bytes[3]);
}

Address to_address(const in6_addr& address) {
    std::array<std::uint8_t, 16> bytes{};
    std::memcpy(bytes.data(), &address, bytes.size());
    return Address::ipv6(bytes);
}

socklen_t to_kernel(const Endpoint& endpoint, InterfaceIndex interface, SocketAddress& out) {
    switch (endpoint.address.family()) {
        case Family::Ipv4:
            out.ipv4 = {};
            out.ipv4.sin_family = AF_INET;
            out.ipv4.sin_port = htons(endpoint.port);
            out.ipv4.sin_addr = to_in_addr(endpoint.address);
            return sizeof(out.ipv4);
        case Family::Ipv6:
            out.ipv6 = {};
            out.ipv6.sin6_family = AF_INET6;
            out.ipv6.sin6_port = htons(endpoint.port);
            out.ipv6.sin6_addr = to_in6_addr(endpoint.address);
            if (endpoint.address.is_link_local() || endpoint.address.is_multicast())
                out.ipv6.sin6_scope_id = interface.value;
            return sizeof(out.ipv6);
        case Family::None:
            break;
    }
    return 0;
}

Endpoint to_endpoint(const SocketAddress& address) {
    switch (address.generic.sa_family) {
        case AF_INET:
            return {to_address(address.ipv4.sin_addr), ntohs(address.ipv4.sin_port)};
        case AF_INET6:
            return {to_address(address.ipv6.sin6_addr), ntohs(address.ipv6.sin6_port)};
        default:
            return {};
    }
}

}  // namespace mcast::socket
