#include "tools/mcast/bench/raw_socket.hpp"

#include <arpa/inet.h>
#include <linux/sock_diag.h>
#include <net/if.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "tools/mcast/bench/ends.hpp"

namespace mcast::bench {
namespace {

constexpr std::uint16_t kDataPort = 7500;
constexpr std::uint16_t kAnswersPort = 7501;
// As the transport asks for; the kernel doubles it.
constexpr int kReceiveBufferSize = 4 << 20;

int index_of(const std::string& interface) {
    return static_cast<int>(::if_nametoindex(interface.c_str()));
}

}  // namespace

Error system_error(const std::string& what) {
    const int number = errno;
    return {number == EPERM || number == EACCES ? ErrorCode::PermissionDenied : ErrorCode::System,
            number, what + ": " + std::strerror(number)};
}

RawSocket::RawSocket(RawSocket&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), group_(other.group_) {}

RawSocket::~RawSocket() {
    if (fd_ >= 0) ::close(fd_);
}

Result<RawSocket> RawSocket::open(Channel channel) {
    sockaddr_in group{};
    group.sin_family = AF_INET;
    const bool data = channel == Channel::Data;
    group.sin_port = htons(data ? kDataPort : kAnswersPort);
    ::inet_pton(AF_INET, data ? "239.255.75.75" : "239.255.75.76", &group.sin_addr);
    const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return system_error("raw socket");
    return RawSocket(fd, group);
}

Result<RawSocket> RawSocket::sender(const std::string& interface, Channel channel) {
    auto made = open(channel);
    if (!made) return made;
    ip_mreqn through{};
    through.imr_ifindex = index_of(interface);
    if (::setsockopt(made->fd_, IPPROTO_IP, IP_MULTICAST_IF, &through, sizeof through) != 0)
        return system_error("raw socket: IP_MULTICAST_IF " + interface);
    return made;
}

Result<RawSocket> RawSocket::receiver(const std::string& interface, Channel channel) {
    auto made = open(channel);
    if (!made) return made;
    const int fd = made->fd_;
    // Only CAP_NET_ADMIN gets beyond net.core.rmem_max.
    if (::setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &kReceiveBufferSize,
                     sizeof kReceiveBufferSize) != 0)
        ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &kReceiveBufferSize, sizeof kReceiveBufferSize);
    const timeval nap{0, std::chrono::duration_cast<std::chrono::microseconds>(kNap).count()};
    const int yes = 1;
    // Several ends may share the host, on loopback.
    if (::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &nap, sizeof nap) != 0 ||
        ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0)
        return system_error("raw socket: options");
    if (::bind(fd, reinterpret_cast<const sockaddr*>(&made->group_), sizeof made->group_) != 0)
        return system_error("raw socket: bind port " +
                            std::to_string(ntohs(made->group_.sin_port)));
    ip_mreqn membership{};
    membership.imr_multiaddr = made->group_.sin_addr;
    membership.imr_ifindex = index_of(interface);
    if (::setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &membership, sizeof membership) != 0)
        return system_error("raw socket: IP_ADD_MEMBERSHIP " + interface);
    return made;
}

std::uint64_t RawSocket::dropped() const {
    std::array<std::uint32_t, SK_MEMINFO_VARS> memory{};
    socklen_t size = sizeof memory;
    if (::getsockopt(fd_, SOL_SOCKET, SO_MEMINFO, memory.data(), &size) != 0) return 0;
    return memory[SK_MEMINFO_DROPS];
}

}  // namespace mcast::bench
