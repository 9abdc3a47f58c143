#include "transports/socket/receive_batch.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace mcast::socket {

ReceiveBatch::ReceiveBatch(BufferPool& pool, std::size_t datagram_max, const Clock& clock)
    : pool_(pool), reader_(datagram_max, clock) {
    for (std::size_t i = 0; i < kMax; ++i) {
        msghdr& header = headers_[i].msg_hdr;
        header.msg_name = &sources_[i];
        header.msg_iov = &slices_[i];
        header.msg_iovlen = 1;
        header.msg_control = controls_[i].bytes.data();
    }
    // A first touch of a page costs 2 microseconds; the first datagrams shall not pay for it.
    const std::size_t armed = arm(kMax);
    for (std::size_t i = 0; i < armed; ++i)
        std::memset(armed_[i].data(), 0, std::min<std::size_t>(datagram_max, slices_[i].iov_len));
}

std::size_t ReceiveBatch::arm(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        if (armed_[i]) continue;
        armed_[i] = pool_.allocate();
        if (armed_[i])
            ++armed_count_;
        else
            armed_[i] = take_last_armed(i + 1);  // closes the gap
        if (!armed_[i]) return i;
        slices_[i] = {armed_[i].data(), armed_[i].capacity()};
    }
    return count;
}

Buffer ReceiveBatch::take_last_armed(std::size_t begin) {
    for (std::size_t i = kMax; armed_count_ > 0 && i-- > begin;)
        if (armed_[i]) return std::move(armed_[i]);
    return {};
}

std::size_t ReceiveBatch::receive(Receiver& receiver, std::span<Datagram> batch) {
    const std::size_t wanted = std::min(batch.size(), kMax);
    const std::size_t count = arm(wanted);
    if (count == 0) return 0;
    for (std::size_t i = 0; i < count; ++i) {
        // The kernel wrote what it used of them the last time.
        headers_[i].msg_hdr.msg_namelen = sizeof(SocketAddress);
        headers_[i].msg_hdr.msg_controllen = kArrivalControlSize;
    }
    const int arrived = ::recvmmsg(receiver.socket.fd(), headers_.data(),
                                   static_cast<unsigned>(count), MSG_DONTWAIT, nullptr);
    // An error is one of the socket's, such as an interface that went away: nothing to read.
    if (arrived <= 0) return 0;
    first_run_ = run_count_ = 0;
    for (std::size_t i = 0; i < static_cast<std::size_t>(arrived); ++i) {
        armed_[i].resize(headers_[i].msg_len);
        runs_[run_count_] = reader_.read(receiver, headers_[i].msg_hdr, std::move(armed_[i]));
        if (!runs_[run_count_].empty()) ++run_count_;
    }
    armed_count_ -= static_cast<std::size_t>(arrived);
    return take_pending(batch);
}

Buffer ReceiveBatch::spare() {
    if (Buffer buffer = pool_.allocate()) return buffer;
    Buffer buffer = take_last_armed(0);
    if (buffer) --armed_count_;
    return buffer;
}

std::size_t ReceiveBatch::take_pending(std::span<Datagram> batch) {
    std::size_t filled = 0;
    for (; pending(); ++first_run_) {
        ArrivedRun& run = runs_[first_run_];
        for (; !run.empty(); ++filled) {
            if (filled == batch.size()) return filled;
            Buffer copy;
            if (run.is_askew()) copy = spare();
            if (run.is_askew() && !copy) return filled;
            run.take(batch[filled], std::move(copy));
        }
    }
    return filled;
}

}  // namespace mcast::socket
