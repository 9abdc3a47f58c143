#include "transports/socket/pinned_socket.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <limits>
#include <utility>

#include "transports/socket/socket_address.hpp"
#include "transports/socket/system_error.hpp"

// Newer than some C libraries; the numbers are those of asm-generic/socket.h, linux/in{,6}.h
// and linux/udp.h.
#ifndef SO_BINDTOIFINDEX
#define SO_BINDTOIFINDEX 62
#endif
#ifndef SO_MEMINFO
#define SO_MEMINFO 55
#endif
#ifndef IP_MULTICAST_ALL
#define IP_MULTICAST_ALL 49
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif
#ifndef IPV6_MULTICAST_ALL
#define IPV6_MULTICAST_ALL 29
#endif

namespace mcast::socket {

namespace {

struct Option {
    int level;
    int name;
    int value;
    const char* text;
};

constexpr std::array<Option, 2> kCommon{{
    // When the kernel took the datagram, not when we came to read it.
    {SOL_SOCKET, SO_TIMESTAMPNS, 1, "SO_TIMESTAMPNS"},
    {SOL_SOCKET, SO_RXQ_OVFL, 1, "SO_RXQ_OVFL"},
}};
constexpr std::array<Option, 2> kIpv4{{
    // Otherwise a socket hears every group that anybody on this host joined (ip(7)).
    {IPPROTO_IP, IP_MULTICAST_ALL, 0, "IP_MULTICAST_ALL"},
    // The destination address tells multicast, broadcast and unicast apart.
    {IPPROTO_IP, IP_PKTINFO, 1, "IP_PKTINFO"},
}};
constexpr std::array<Option, 2> kIpv6{{
    {IPPROTO_IPV6, IPV6_MULTICAST_ALL, 0, "IPV6_MULTICAST_ALL"},
    {IPPROTO_IPV6, IPV6_RECVPKTINFO, 1, "IPV6_RECVPKTINFO"},
}};

template <std::size_t N>
Result<void> set_all(int fd, const std::array<Option, N>& options, const std::string& where) {
    for (const Option& option : options) {
        if (const int error = set_option(fd, option.level, option.name, option.value); error != 0)
            return system_error("set " + std::string(option.text) + " " + where, error);
    }
    return {};
}

// -1 if it has no such option.
int get_option(int fd, int level, int name) {
    int value = -1;
    socklen_t length = sizeof(value);
    return ::getsockopt(fd, level, name, &value, &length) == 0 ? value : -1;
}

// What may be set of a socket that is bound, too.
Result<void> set_up(int fd, const SocketPlan& plan) {
    const std::string where = on_interface(plan);
    if (Result<void> set = set_all(fd, kCommon, where); !set) return set;
    if (Result<void> set =
            plan.family == Family::Ipv6 ? set_all(fd, kIpv6, where) : set_all(fd, kIpv4, where);
        !set)
        return set;
    // Runs of datagrams of one sender arrive as one (udp(7)); without it the kernel cuts them up.
    // Only an earlier run can have set it, and an old kernel does not know it.
    if (plan.gro || get_option(fd, IPPROTO_UDP, UDP_GRO) == 1) {
        if (const int error = set_option(fd, IPPROTO_UDP, UDP_GRO, plan.gro ? 1 : 0); error != 0)
            return system_error("set UDP_GRO " + where, error);
    }
    set_receive_buffer(fd, plan.receive_buffer_size);
    return {};
}

}  // namespace

int set_option(int fd, int level, int name, int value) {
    return ::setsockopt(fd, level, name, &value, sizeof(value)) == 0 ? 0 : errno;
}

std::string on_interface(const SocketPlan& plan) {
    return "on " + plan.interface_name;
}

std::size_t set_receive_buffer(int fd, std::size_t size) {
    const int wanted =
        static_cast<int>(std::min<std::size_t>(size, std::numeric_limits<int>::max() / 2));
    // FORCE goes beyond net.core.rmem_max but needs CAP_NET_ADMIN; the other clamps silently.
    if (set_option(fd, SOL_SOCKET, SO_RCVBUFFORCE, wanted) != 0)
        static_cast<void>(set_option(fd, SOL_SOCKET, SO_RCVBUF, wanted));
    int given = 0;
    socklen_t length = sizeof(given);
    if (::getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &given, &length) != 0 || given <= 0) return 0;
    return static_cast<std::size_t>(given) / 2;  // the kernel doubles it for its own overhead
}

Error bind_error(const SocketPlan& plan, std::uint16_t port, int error) {
    Error result =
        system_error("bind port " + std::to_string(port) + " " + on_interface(plan), error);
    if (error != EADDRINUSE || plan.port_holder == nullptr) return result;
    if (const std::string holder = plan.port_holder->find(plan.family, port); !holder.empty())
        result.what += " (" + holder + ")";
    return result;
}

std::optional<PinnedSocket> PinnedSocket::adopt(FileDescriptor kept, const SocketPlan& plan) {
    const auto is = [&](int name, int value) {
        return get_option(kept.get(), SOL_SOCKET, name) == value;
    };
    if (!kept || !is(SO_DOMAIN, kernel_family(plan.family)) || !is(SO_PROTOCOL, IPPROTO_UDP) ||
        !is(SO_BINDTOIFINDEX, static_cast<int>(plan.interface.value)) ||
        (plan.family == Family::Ipv6 && get_option(kept.get(), IPPROTO_IPV6, IPV6_V6ONLY) != 1) ||
        ::fcntl(kept.get(), F_SETFL, O_NONBLOCK) != 0 || !set_up(kept.get(), plan))
        return std::nullopt;
    PinnedSocket socket(std::move(kept), plan.family);
    if (socket.note_port() != 0 || socket.port() == 0) return std::nullopt;
    return socket;
}

Result<PinnedSocket> PinnedSocket::open(const SocketPlan& plan) {
    const std::string where = on_interface(plan);
    FileDescriptor fd(::socket(kernel_family(plan.family),
                               SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_UDP));
    if (!fd) return system_error("open a socket " + where, errno);
    // Pins both directions. Unlike SO_BINDTODEVICE it takes the index, which unlike the name never
    // means another interface; unprivileged since Linux 5.7.
    if (const int error = set_option(fd.get(), SOL_SOCKET, SO_BINDTOIFINDEX,
                                     static_cast<int>(plan.interface.value));
        error != 0)
        return system_error("pin a socket " + where, error);
    // IPv4 has sockets of its own on the same ports. The kernel takes it only before bind().
    if (plan.family == Family::Ipv6) {
        if (const int error = set_option(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, 1); error != 0)
            return system_error("set IPV6_V6ONLY " + where, error);
    }
    if (Result<void> set = set_up(fd.get(), plan); !set) return set.error();
    return PinnedSocket(std::move(fd), plan.family);
}

int PinnedSocket::bind(std::uint16_t port, bool shared) {
    const std::array<std::uint8_t, 16> any{};
    return bind({family_ == Family::Ipv6 ? Address::ipv6(any) : Address::ipv4(0, 0, 0, 0), port},
                {}, shared);
}

int PinnedSocket::bind(const Endpoint& local, InterfaceIndex interface, bool shared) {
    if (shared) {
        if (const int error = set_option(fd_.get(), SOL_SOCKET, SO_REUSEADDR, 1); error != 0)
            return error;
    }
    SocketAddress address{};
    const socklen_t length = to_kernel(local, interface, address);
    if (::bind(fd_.get(), &address.generic, length) != 0) return errno;
    return note_port();
}

int PinnedSocket::note_port() {
    SocketAddress address{};
    socklen_t length = sizeof(address);
    if (::getsockname(fd_.get(), &address.generic, &length) != 0) return errno;
    port_ = to_endpoint(address).port;
    return 0;
}

void PinnedSocket::note_drops(std::uint32_t running_total) {
    // A total that came with an older datagram is behind one that was asked for: a negative step.
    const std::uint32_t step = running_total - drops_seen_;
    if (step > std::numeric_limits<std::int32_t>::max()) return;
    drops_ += step;
    drops_seen_ = running_total;
}

std::uint64_t PinnedSocket::drops() const {
    // Drops after the last arrival show here only. The ninth word is SK_MEMINFO_DROPS of
    // linux/sock_diag.h; kernels before 4.12 do not answer.
    std::array<std::uint32_t, 9> memory{};
    socklen_t length = sizeof(memory);
    if (::getsockopt(fd_.get(), SOL_SOCKET, SO_MEMINFO, memory.data(), &length) != 0 ||
        length < sizeof(memory))
        return drops_;
    const std::uint32_t step = memory[8] - drops_seen_;
    return step > std::numeric_limits<std::int32_t>::max() ? drops_ : drops_ + step;
}

}  // namespace mcast::socket
