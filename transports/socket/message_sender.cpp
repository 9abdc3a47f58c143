#include "transports/socket/message_sender.hpp"

#include <algorithm>
#include <cerrno>

namespace mcast::socket {

namespace {

// How many the kernel took, or -1 with errno.
int send_all(int fd, std::span<mmsghdr> messages) {
    if (messages.size() > 1)
        return ::sendmmsg(fd, messages.data(), static_cast<unsigned>(messages.size()),
                          MSG_NOSIGNAL);
    // One alone is what a round trip waits for, and has a shorter way.
    return ::sendmsg(fd, &messages.front().msg_hdr, MSG_NOSIGNAL) < 0 ? -1 : 1;
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
