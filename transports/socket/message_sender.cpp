#include "transports/socket/message_sender.hpp"

#include <algorithm>
#include <cerrno>

namespace mcast::socket {

std::size_t SyscallSender::send(const Receiver& sender, std::span<mmsghdr> messages,
                                std::span<int> errors) {
    int sent = 0;
    do {
        sent = ::sendmmsg(sender.socket.fd(), messages.data(),
                          static_cast<unsigned>(messages.size()), MSG_NOSIGNAL);
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
