#include "transports/dpdk/kernel_port.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>

namespace mcast::dpdk {

namespace {

union SocketAddress {
    sockaddr generic;
    sockaddr_in ipv4;
    sockaddr_in6 ipv6;
};

socklen_t to_kernel(const Endpoint& endpoint, InterfaceIndex interface, SocketAddress& out) {
    out = {};
    const std::span<const std::uint8_t> bytes = endpoint.address.bytes();
    if (endpoint.address.family() == Family::Ipv6) {
        out.ipv6.sin6_family = AF_INET6;
        out.ipv6.sin6_port = htons(endpoint.port);
        out.ipv6.sin6_scope_id = interface.value;
        std::memcpy(&out.ipv6.sin6_addr, bytes.data(), bytes.size());
        return sizeof out.ipv6;
    }
    out.ipv4.sin_family = AF_INET;
    out.ipv4.sin_port = htons(endpoint.port);
    if (!bytes.empty()) std::memcpy(&out.ipv4.sin_addr, bytes.data(), bytes.size());
    return sizeof out.ipv4;
}

int set(const FileDescriptor& fd, int level, int name, int value) {
    return ::setsockopt(fd.get(), level, name, &value, sizeof value) == 0 ? 0 : errno;
}

// Multicast goes to this machine only, and to the interface's members there.
void prepare(const FileDescriptor& fd, Family family, InterfaceIndex interface) {
    const int index = static_cast<int>(interface.value);
    // The kernel's smallest: what arrives here is thrown away, so that it takes no memory.
    static_cast<void>(set(fd, SOL_SOCKET, SO_RCVBUF, 0));
    if (family == Family::Ipv6) {
        static_cast<void>(set(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, index));
        static_cast<void>(set(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 0));
        static_cast<void>(set(fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 1));
        static_cast<void>(set(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE));
        return;
    }
    // Nothing is ever fragmented (ip(7)).
    static_cast<void>(set(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE));
    ip_mreqn request{};
    request.imr_ifindex = index;
    static_cast<void>(
        ::setsockopt(fd.get(), IPPROTO_IP, IP_MULTICAST_IF, &request, sizeof request));
    static_cast<void>(set(fd, IPPROTO_IP, IP_MULTICAST_TTL, 0));
    static_cast<void>(set(fd, IPPROTO_IP, IP_MULTICAST_LOOP, 1));
}

}  // namespace

int KernelPort::bind(InterfaceIndex interface, std::uint16_t number) {
    for (const Family family : {Family::Ipv4, Family::Ipv6}) {
        const bool ipv6 = family == Family::Ipv6;
        FileDescriptor fd(
            ::socket(ipv6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        if (!fd) continue;
        // Pinned, so that the same number stays free on other interfaces.
        if (const int error =
                set(fd, SOL_SOCKET, SO_BINDTOIFINDEX, static_cast<int>(interface.value));
            error != 0)
            return error;
        if (ipv6) static_cast<void>(set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1));
        SocketAddress address{};
        Endpoint any{ipv6 ? Address::ipv6({}) : Address::ipv4(0, 0, 0, 0), number};
        const socklen_t length = to_kernel(any, {}, address);
        if (::bind(fd.get(), &address.generic, length) != 0) return errno;
        prepare(fd, family, interface);
        (ipv6 ? ipv6_ : ipv4_) = std::move(fd);
    }
    number_ = number;
    return 0;
}

Result<KernelPort> KernelPort::hold(InterfaceIndex interface, std::uint16_t number,
                                    std::uint16_t first, std::uint16_t count, std::uint16_t never) {
    int error = EADDRINUSE;
    const std::uint16_t tries = number != 0 ? 1 : count;
    for (std::uint16_t i = 0; i < tries; ++i) {
        const auto candidate = static_cast<std::uint16_t>(number != 0 ? number : first + i);
        if (candidate == never) continue;
        KernelPort port;
        error = port.bind(interface, candidate);
        if (error == 0) return port;
        if (error != EADDRINUSE) break;
    }
    const bool later = error == ENODEV || error == EADDRNOTAVAIL;
    return Error{error == EADDRINUSE ? ErrorCode::AddressInUse
                 : later             ? ErrorCode::TryAgain
                                     : ErrorCode::System,
                 error,
                 "hold UDP port " + std::to_string(number != 0 ? number : first) +
                     " of the kernel: " + std::generic_category().message(error)};
}

int KernelPort::send(const Endpoint& destination, InterfaceIndex interface,
                     std::span<const std::byte> payload) const {
    const bool ipv6 = destination.address.family() == Family::Ipv6;
    SocketAddress address{};
    const socklen_t length = to_kernel(destination, interface, address);
    const ssize_t sent = ::sendto((ipv6 ? ipv6_ : ipv4_).get(), payload.data(), payload.size(),
                                  MSG_DONTWAIT, &address.generic, length);
    return sent >= 0 ? 0 : errno;
}

}  // namespace mcast::dpdk
