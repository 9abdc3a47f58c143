#include "platform/netlink_socket.hpp"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

namespace mcast::platform {

namespace {

// The kernel fills dumps up to 32 KiB a datagram if the reader has as much room (af_netlink.c,
// netlink_recvmsg), and no notification is larger.
constexpr std::size_t kDatagramMax = 32 * 1024;

Error refused(const char* step, int number) {
    const bool forbidden = number == EPERM || number == EACCES;
    // A socket family that systemd's RestrictAddressFamilies= leaves out is not supported.
    const bool unknown = number == EAFNOSUPPORT || number == EPROTONOSUPPORT;
    const bool sandboxed = forbidden || unknown;
    std::string what = std::string("watch network interfaces: ") + step + ": " +
                       std::generic_category().message(number);
    if (sandboxed)
        what +=
            "; allow AF_NETLINK sockets in the sandbox (seccomp profile, "
            "RestrictAddressFamilies=AF_NETLINK)";
    const ErrorCode code = forbidden ? ErrorCode::PermissionDenied
                           : unknown ? ErrorCode::Unsupported
                                     : ErrorCode::System;
    return {code, number, std::move(what)};
}

}  // namespace

Result<NetlinkSocket> NetlinkSocket::open(std::uint32_t groups) {
    FileDescriptor fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE));
    if (!fd) return refused("netlink socket", errno);
    NetlinkSocket socket(std::move(fd));
    sockaddr_nl own{};
    own.nl_family = AF_NETLINK;
    own.nl_groups = groups;
    if (::bind(socket.fd(), reinterpret_cast<const sockaddr*>(&own), sizeof own) != 0)
        return refused("bind netlink socket", errno);
    return socket;
}

NetlinkSocket::NetlinkSocket(FileDescriptor fd) : fd_(std::move(fd)), buffer_(kDatagramMax) {}

bool NetlinkSocket::request_dump(std::uint16_t type, std::uint32_t sequence) {
    struct {
        nlmsghdr header;
        ifinfomsg body;  // as long as ifaddrmsg or longer; all zero asks for every family
    } request{};
    request.header.nlmsg_len = sizeof request;
    request.header.nlmsg_type = type;
    request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    request.header.nlmsg_seq = sequence;
    sockaddr_nl kernel{};
    kernel.nl_family = AF_NETLINK;
    const ssize_t sent = ::sendto(fd(), &request, sizeof request, 0,
                                  reinterpret_cast<const sockaddr*>(&kernel), sizeof kernel);
    return sent == static_cast<ssize_t>(sizeof request);
}

NetlinkSocket::Receipt NetlinkSocket::receive() {
    for (;;) {
        sockaddr_nl sender{};
        iovec room{buffer_.data(), buffer_.size()};
        msghdr message{};
        message.msg_name = &sender;
        message.msg_namelen = sizeof sender;
        message.msg_iov = &room;
        message.msg_iovlen = 1;
        length_ = 0;
        const ssize_t length = ::recvmsg(fd(), &message, 0);
        if (length < 0) {
            if (errno == EINTR) continue;
            if (errno == EAGAIN || errno == EWOULDBLOCK) return Receipt::Nothing;
            // The queue has overrun (netlink(7)); what is in it now can still be read.
            if (errno == ENOBUFS || errno == ENOMEM) return Receipt::Lost;
            return Receipt::Broken;
        }
        // Port 0 is the kernel. A process with the right to may write to this socket, too.
        if (message.msg_namelen < sizeof sender || sender.nl_pid != 0) continue;
        if ((message.msg_flags & MSG_TRUNC) != 0) return Receipt::Lost;
        length_ = static_cast<std::size_t>(length);
        return Receipt::Datagram;
    }
}

}  // namespace mcast::platform
