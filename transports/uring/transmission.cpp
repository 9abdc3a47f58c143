#include "transports/uring/transmission.hpp"

#include <linux/sockios.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <bit>
#include <cerrno>

#include "transports/uring/tag.hpp"

namespace mcast::uring {

namespace {

// What a message takes of the send buffer at most: an allocation is rounded up to a power of two
// and holds headers and the kernel's own words beside the bytes (SKB_TRUESIZE); long ones are in
// pages, which count as they are.
std::int64_t footprint(const msghdr& message) {
    std::size_t size = 0;
    for (std::size_t i = 0; i < message.msg_iovlen; ++i)
        size += message.msg_iov[i].iov_len;
    if (size > 4096) return static_cast<std::int64_t>(size + 8192);
    return static_cast<std::int64_t>(std::bit_ceil(size + 512) + 512);
}

std::int64_t send_buffer_size(int fd) {
    int size = 0;
    socklen_t length = sizeof(size);
    return ::getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, &length) == 0 ? size : 0;
}

}  // namespace

void Transmission::forget(std::uint32_t place) {
    if (place < rooms_.size()) rooms_[place] = {};
}

std::size_t Transmission::fitting(const socket::Receiver& sender,
                                  std::span<const mmsghdr> messages) {
    if (sender.place >= rooms_.size()) rooms_.resize(sender.place + 1);
    Room& room = rooms_[sender.place];
    const int fd = sender.socket.fd();
    if (room.left <= 0) {
        if (room.size == 0) room.size = send_buffer_size(fd);
        int queued = 0;
        // Only we fill it, so what is free now stays free for us.
        if (::ioctl(fd, SIOCOUTQ, &queued) == 0) room.left = room.size - queued;
    }
    // The kernel takes a message while anything is free, however long it is (sock_alloc_send_pskb).
    std::size_t count = 0;
    while (count < messages.size() && room.left > 0)
        room.left -= footprint(messages[count++].msg_hdr);
    return std::max<std::size_t>(count, 1);
}

std::size_t Transmission::submit(const socket::Receiver& sender, std::span<mmsghdr> messages,
                                 std::span<int> errors) {
    const std::size_t count = fitting(sender, messages);
    errors_ = errors.first(count);
    for (std::size_t i = 0; i < count; ++i) {
        io_uring_sqe* request = ring_.request();
        errors_[i] = request != nullptr ? 0 : EAGAIN;
        if (request == nullptr) continue;
        // Not waiting means as well that it is not handed to a thread of the kernel.
        io_uring_prep_sendmsg(request, sender.socket.fd(), &messages[i].msg_hdr,
                              MSG_DONTWAIT | MSG_NOSIGNAL);
        request->flags |= IOSQE_CQE_SKIP_SUCCESS;
        request->user_data = Tag{Tag::Kind::Send, static_cast<std::uint32_t>(i), 0}.user_data();
        ring_.use_file(*request, sender.place);
    }
    ring_.submit();
    return count;
}

void Transmission::on_completion(std::size_t index, int result) {
    if (index < errors_.size() && result < 0) errors_[index] = -result;
}

std::size_t Transmission::finish() {
    std::size_t done = errors_.size();
    while (done > 0 && errors_[done - 1] == EAGAIN)
        --done;
    errors_ = {};
    return done;
}

}  // namespace mcast::uring
