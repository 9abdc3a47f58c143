#include "transports/plain/plain_socket.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <utility>

#include "transports/socket/memberships.hpp"
#include "transports/socket/socket_address.hpp"
#include "transports/socket/system_error.hpp"

// Newer than some C libraries; the number is that of asm-generic/socket.h.
#ifndef SO_BINDTOIFINDEX
#define SO_BINDTOIFINDEX 62
#endif

namespace mcast::plain {

using socket::on_interface;
using socket::PinnedSocket;
using socket::set_option;
using socket::SocketPlan;
using socket::system_error;

namespace {

struct Option {
    int level;
    int name;
    int value;
};

// By ifindex: without it the kernel wants a route to the group to find a source address (ip(7)).
int send_multicast_by(int fd, InterfaceIndex interface) {
    ip_mreqn request{};
    request.imr_ifindex = static_cast<int>(interface.value);
    if (::setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &request, sizeof(request)) == 0) return 0;
    return errno == EADDRNOTAVAIL ? ENODEV : errno;  // said of an interface that has vanished
}

int prepare_ipv4(int fd, InterfaceIndex interface) {
    const std::array<Option, 4> wanted{{
        {IPPROTO_IP, IP_RECVTTL, 1},
        // What we carry here is not heard again by us.
        {IPPROTO_IP, IP_MULTICAST_LOOP, 0},
        // Larger than the MTU is cut by the kernel, as it was where it came from.
        {IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT},
        {SOL_SOCKET, SO_BROADCAST, 1},
    }};
    for (const Option& option : wanted)
        if (const int error = set_option(fd, option.level, option.name, option.value); error != 0)
            return error;
    return send_multicast_by(fd, interface);
}

int prepare_ipv6(int fd, InterfaceIndex interface) {
    const std::array<Option, 4> wanted{{
        {IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1},
        {IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0},
        {IPPROTO_IPV6, IPV6_MULTICAST_IF, static_cast<int>(interface.value)},
        {IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DONT},
    }};
    for (const Option& option : wanted)
        if (const int error = set_option(fd, option.level, option.name, option.value); error != 0)
            return error;
    return 0;
}

SocketPlan plan_for(const Interface& interface, Family family, socket::PortHolder& port_holder) {
    SocketPlan plan;
    plan.interface = interface.index;
    plan.interface_name = interface.name;
    plan.family = family;
    plan.receive_buffer_size = kReceiveBuffer;
    plan.port_holder = &port_holder;
    return plan;
}

Result<PinnedSocket> prepared(PinnedSocket socket, const SocketPlan& plan) {
    const int error = plan.family == Family::Ipv6 ? prepare_ipv6(socket.fd(), plan.interface)
                                                  : prepare_ipv4(socket.fd(), plan.interface);
    if (error != 0) return system_error("prepare a socket " + on_interface(plan), error);
    return socket;
}

Result<PinnedSocket> open_prepared(const SocketPlan& plan) {
    Result<PinnedSocket> opened = PinnedSocket::open(plan);
    return opened ? prepared(std::move(*opened), plan) : std::move(opened);
}

Result<PinnedSocket> open_bound(const SocketPlan& plan, const Endpoint& local) {
    Result<PinnedSocket> opened = open_prepared(plan);
    if (!opened) return opened;
    if (const int error = opened->bind(local, plan.interface, true); error != 0) {
        Error refused = socket::bind_error(plan, local.port, error);
        if (error == EADDRINUSE)
            refused.what +=
                "; whoever holds it has to share it (SO_REUSEADDR), or to be moved to "
                "another host";
        return refused;
    }
    return opened;
}

}  // namespace

std::vector<Endpoint> listeners_of(const Interface& interface, const Endpoint& destination) {
    std::vector<Endpoint> locals{destination};
    if (!destination.address.is_limited_broadcast()) return locals;
    for (const InterfaceAddress& own : interface.addresses) {
        const Endpoint directed{own.broadcast, destination.port};
        if (own.broadcast.family() == Family::Ipv4 &&
            std::find(locals.begin(), locals.end(), directed) == locals.end())
            locals.push_back(directed);
    }
    return locals;
}

Result<std::vector<PinnedSocket>> open_listeners(const Interface& interface,
                                                 const Endpoint& destination,
                                                 const socket::KeptSockets& kept,
                                                 socket::PortHolder& port_holder) {
    const SocketPlan plan = plan_for(interface, destination.address.family(), port_holder);
    std::vector<PinnedSocket> sockets;
    for (const Endpoint& local : listeners_of(interface, destination)) {
        auto adopted = kept.adopt(kept.bound_to(local), plan, local.port);
        Result<PinnedSocket> opened =
            adopted ? prepared(std::move(*adopted), plan) : open_bound(plan, local);
        if (!opened) return opened.error();
        sockets.push_back(std::move(*opened));
    }
    if (!destination.address.is_multicast()) return sockets;
    // The membership goes with the socket; a kept one has it.
    socket::Memberships memberships;
    const int error = memberships.join(sockets.front().fd(), interface.index, destination.address);
    if (error != 0 && error != EADDRINUSE)
        return system_error("join " + to_string(destination.address) + " " + on_interface(plan),
                            error);
    return sockets;
}

Result<PinnedSocket> open_lent(const Interface& interface, Family family,
                               socket::PortHolder& port_holder) {
    const SocketPlan plan = plan_for(interface, family, port_holder);
    Result<PinnedSocket> opened = open_prepared(plan);
    if (!opened) return opened;
    if (const int error = opened->bind(0, false); error != 0)
        return socket::bind_error(plan, 0, error);
    return opened;
}

Result<FileDescriptor> open_raw(InterfaceIndex interface, Family family) {
    const std::string what = "open a raw socket";
    // IPPROTO_RAW: packets with their headers, and nothing is received (raw(7)).
    FileDescriptor fd(::socket(socket::kernel_family(family),
                               SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_RAW));
    if (!fd) return system_error(what, errno);
    if (!interface) return fd;
    int error =
        set_option(fd.get(), SOL_SOCKET, SO_BINDTOIFINDEX, static_cast<int>(interface.value));
    if (error == 0 && family == Family::Ipv6) {
        error = set_option(fd.get(), IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0);
        if (error == 0)
            error = set_option(fd.get(), IPPROTO_IPV6, IPV6_MULTICAST_IF,
                               static_cast<int>(interface.value));
    } else if (error == 0) {
        error = set_option(fd.get(), IPPROTO_IP, IP_MULTICAST_LOOP, 0);
        if (error == 0) error = set_option(fd.get(), SOL_SOCKET, SO_BROADCAST, 1);
        if (error == 0) error = send_multicast_by(fd.get(), interface);
    }
    if (error != 0) return system_error(what, error);
    return fd;
}

}  // namespace mcast::plain
