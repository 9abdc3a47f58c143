#include "transports/socket/unicast_socket.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

#include "transports/socket/system_error.hpp"

namespace mcast::socket {

namespace {

Result<void> prepare_ipv4(const PinnedSocket& socket, const SocketPlan& plan,
                          const Options& options) {
    // By ifindex: pinning decides the way out, but the route lookup that picks a source address
    // fails without a route to the group unless this says where to look.
    ip_mreqn interface {};
    interface.imr_ifindex = static_cast<int>(plan.interface.value);
    if (::setsockopt(socket.fd(), IPPROTO_IP, IP_MULTICAST_IF, &interface, sizeof(interface)) != 0)
        // What it says of an interface that has vanished is EADDRNOTAVAIL.
        return system_error("send " + on_interface(plan), errno == EADDRNOTAVAIL ? ENODEV : errno);
    const std::array<std::pair<int, int>, 3> wanted{{
        {IP_MULTICAST_TTL, options.ttl},
        // Other nodes on this host shall hear us; a node knows its own by identity.
        {IP_MULTICAST_LOOP, 1},
        // Don't-fragment set and a forged "fragmentation needed" ignored: what does not fit the
        // interface is EMSGSIZE (ip(7)).
        {IP_MTU_DISCOVER, IP_PMTUDISC_PROBE},
    }};
    for (const auto& [name, value] : wanted) {
        if (const int error = set_option(socket.fd(), IPPROTO_IP, name, value); error != 0)
            return system_error("prepare a socket for sending " + on_interface(plan), error);
    }
    if (const int error = set_option(socket.fd(), SOL_SOCKET, SO_BROADCAST, 1); error != 0)
        return system_error("set SO_BROADCAST " + on_interface(plan), error);
    return {};
}

Result<void> prepare_ipv6(const PinnedSocket& socket, const SocketPlan& plan,
                          const Options& options) {
    const std::array<std::pair<int, int>, 5> wanted{{
        {IPV6_MULTICAST_IF, static_cast<int>(plan.interface.value)},
        {IPV6_MULTICAST_HOPS, options.ttl},
        {IPV6_MULTICAST_LOOP, 1},
        {IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE},
        // Routers never fragment IPv6; this keeps our own stack from it (RFC 3542, 11.2).
        {IPV6_DONTFRAG, 1},
    }};
    for (const auto& [name, value] : wanted) {
        if (const int error = set_option(socket.fd(), IPPROTO_IPV6, name, value); error != 0)
            return system_error("prepare a socket for sending " + on_interface(plan), error);
    }
    return {};
}

// Never shared: of two sockets on one port only one would get the unicast.
Result<void> bind_free_port(PinnedSocket& socket, const SocketPlan& plan, const Options& options) {
    if (options.unicast_port != 0) {
        const int error = socket.bind(options.unicast_port, false);
        if (error != 0) return bind_error(plan, options.unicast_port, error);
        return {};
    }
    for (std::uint16_t i = 0; i < kUnicastPortCount; ++i) {
        const auto port = static_cast<std::uint16_t>(kUnicastPortFirst + i);
        if (port == options.port) continue;
        const int error = socket.bind(port, false);
        if (error == 0) return {};
        if (error != EADDRINUSE) return bind_error(plan, port, error);
    }
    if (const int error = socket.bind(0, false); error != 0) return bind_error(plan, 0, error);
    return {};
}

Result<PinnedSocket> open_bound(const SocketPlan& plan, const Options& options) {
    Result<PinnedSocket> socket = PinnedSocket::open(plan);
    if (!socket) return socket;
    if (Result<void> bound = bind_free_port(*socket, plan, options); !bound) return bound.error();
    return socket;
}

}  // namespace

Result<PinnedSocket> open_unicast_socket(const SocketPlan& plan, const Options& options,
                                         std::optional<PinnedSocket> adopted) {
    Result<PinnedSocket> socket =
        adopted ? Result<PinnedSocket>(std::move(*adopted)) : open_bound(plan, options);
    if (!socket) return socket;
    if (Result<void> prepared = plan.family == Family::Ipv6 ? prepare_ipv6(*socket, plan, options)
                                                            : prepare_ipv4(*socket, plan, options);
        !prepared)
        return prepared.error();
    return socket;
}

void loop_multicast(const PinnedSocket& socket, bool on) {
    // Cannot fail on a socket of the family; if it did, somebody would hear more than he wants.
    if (socket.family() == Family::Ipv6)
        static_cast<void>(set_option(socket.fd(), IPPROTO_IPV6, IPV6_MULTICAST_LOOP, on ? 1 : 0));
    else
        static_cast<void>(set_option(socket.fd(), IPPROTO_IP, IP_MULTICAST_LOOP, on ? 1 : 0));
}

}  // namespace mcast::socket
