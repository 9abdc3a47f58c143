#include "transports/dpdk/kernel_memberships.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace mcast::dpdk {

namespace {

// The kernel's default of net.ipv4.igmp_max_memberships. IPv6 counts bytes instead (optmem_max);
// the same number stays well below them.
constexpr std::size_t kMembershipsPerSocket = 20;

// By ifindex, never by address: an address may be on two interfaces, on none, or about to change.
int change(int fd, InterfaceIndex interface, const Address& group, bool join) {
    int result = 0;
    if (group.family() == Family::Ipv6) {
        ipv6_mreq request{};
        std::memcpy(&request.ipv6mr_multiaddr, group.bytes().data(), group.bytes().size());
        request.ipv6mr_interface = interface.value;
        result = ::setsockopt(fd, IPPROTO_IPV6, join ? IPV6_JOIN_GROUP : IPV6_LEAVE_GROUP, &request,
                              sizeof request);
    } else {
        ip_mreqn request{};
        std::memcpy(&request.imr_multiaddr, group.bytes().data(), group.bytes().size());
        request.imr_ifindex = static_cast<int>(interface.value);
        result = ::setsockopt(fd, IPPROTO_IP, join ? IP_ADD_MEMBERSHIP : IP_DROP_MEMBERSHIP,
                              &request, sizeof request);
    }
    return result == 0 ? 0 : errno;
}

}  // namespace

KernelMemberships::Socket* KernelMemberships::with_room(Family family) {
    for (Socket& socket : sockets_)
        if (socket.family == family && socket.groups.size() < kMembershipsPerSocket) return &socket;
    FileDescriptor fd(
        ::socket(family == Family::Ipv6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!fd) return nullptr;
    return &sockets_.emplace_back(Socket{std::move(fd), family, {}});
}

Result<void> KernelMemberships::join(const Address& group) {
    Socket* const socket = with_room(group.family());
    const int error = socket != nullptr ? change(socket->fd.get(), interface_, group, true) : errno;
    if (error == 0) {
        socket->groups.push_back(group);
        return {};
    }
    // Gone for now, or without an address of the family yet.
    const bool later = error == ENODEV || error == EADDRNOTAVAIL || error == ENETDOWN;
    return Error{later ? ErrorCode::TryAgain : ErrorCode::System, error,
                 "the kernel's membership: " + std::generic_category().message(error)};
}

void KernelMemberships::leave(const Address& group) {
    for (Socket& socket : sockets_) {
        const auto at = std::find(socket.groups.begin(), socket.groups.end(), group);
        if (at == socket.groups.end()) continue;
        socket.groups.erase(at);
        // Fails only when the interface is gone, and the membership with it.
        static_cast<void>(change(socket.fd.get(), interface_, group, false));
        return;
    }
}

}  // namespace mcast::dpdk
