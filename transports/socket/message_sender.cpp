#include "transports/socket/message_sender.hpp"

#include <algorithm>
#include <cerrno>

namespace mcast::socket {

namespace {

// One alone is what a round trip waits for, and has a shorter way: most of all without the message
// header, which the kernel has to copy and check.
int send_one(int fd, const msghdr& message) {
    const ssize_t size =
        message.msg_control == nullptr && message.msg_iovlen == 1
            ? ::sendto(fd, message.msg_iov->iov_base, message.msg_iov->iov_len, MSG_NOSIGNAL,
                       static_cast<const sockaddr*>(message.msg_name), message.msg_namelen)
            : ::sendmsg(fd, &message, MSG_NOSIGNAL);
    return size < 0 ? -1 : 1;
}

// How many the kernel took, or -1 with errno.
int send_all(int fd, std::span<mmsghdr> messages) {
    if (messages.size() == 1) return send_one(fd, messages.front().msg_hdr);
    return ::sendmmsg(fd, messages.data(), static_cast<unsigned>(messages.size()), MSG_NOSIGNAL);
}

}  // namespace

std::size_t SyscallSender::send(const Receiver& sender, std::span<mmsghdr> messages,
                                std::span<int> errors) {
    int sent = 0;
    do {
        sent = send_all(sender.socket.fd(), messages);
    } while (sent < 0 && errno == EINTR);
    if (sent >= 0) {
        std::fill_n(errors.begin(), sent, 0);
        return static_cast<std::size_t>(sent);
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK) return 0;
    // An error is that of the first message; the others go on without it.
    errors.front() = errno;
    return 1;
}

}  // namespace mcast::socket
