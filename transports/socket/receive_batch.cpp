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
        header.msg_namelen = sizeof(SocketAddress);
        header.msg_iov = &slices_[i];
        header.msg_iovlen = 1;
        header.msg_control = controls_[i].bytes.data();
        header.msg_controllen = kArrivalControlSize;
    }
    arm();
    // A first touch of a page costs 2 microseconds; the first datagrams shall not pay for it.
    for (std::size_t i = first_armed_; i < kMax; ++i)
        std::memset(armed_[i].data(), 0, std::min<std::size_t>(datagram_max, slices_[i].iov_len));
}

void ReceiveBatch::arm() {
    while (first_armed_ > 0) {
        Buffer buffer = pool_.allocate();
        if (!buffer) return;
        const std::size_t place = --first_armed_;
        slices_[place] = {buffer.data(), buffer.capacity()};
        armed_[place] = std::move(buffer);
    }
}

std::size_t ReceiveBatch::receive(Receiver& receiver, std::span<Datagram> batch) {
    std::size_t filled = 0;
    // Also what is dropped takes its time: of that, too, no more than would fit.
    for (std::size_t read = 0; read < batch.size();) {
        arm();
        const std::size_t count = std::min(wanted(batch.size() - filled), armed_count());
        if (count == 0) return filled;
        const int arrived = ::recvmmsg(receiver.socket.fd(), &headers_[first_armed_],
                                       static_cast<unsigned>(count), MSG_DONTWAIT, nullptr);
        // An error is one of the socket's, such as an interface that went away: nothing to read.
        if (arrived <= 0) return filled;
        accept(receiver, static_cast<std::size_t>(arrived));
        filled += take_pending(batch.subspan(filled));
        if (pending() || static_cast<std::size_t>(arrived) < count) return filled;
        read += count;
    }
    return filled;
}

std::size_t ReceiveBatch::receive_one(Receiver& receiver, std::span<Datagram> batch) {
    arm();
    if (batch.empty() || armed_count() == 0) return 0;
    mmsghdr& header = headers_[first_armed_];
    const ssize_t size = ::recvmsg(receiver.socket.fd(), &header.msg_hdr, MSG_DONTWAIT);
    if (size < 0) return 0;
    header.msg_len = static_cast<unsigned>(size);
    accept(receiver, 1);
    return take_pending(batch);
}

void ReceiveBatch::accept(Receiver& receiver, std::size_t count) {
    first_run_ = run_count_ = 0;
    run_length_ = 1;
    for (; count > 0; --count, ++first_armed_) {
        mmsghdr& header = headers_[first_armed_];
        Buffer& buffer = armed_[first_armed_];
        buffer.resize(header.msg_len);
        ArrivedRun& run = runs_[run_count_];
        if (reader_.read(receiver, header.msg_hdr, std::move(buffer), run)) {
            run_length_ = std::max(run_length_, run.size());
            ++run_count_;
        }
        // The kernel wrote what it used of them.
        header.msg_hdr.msg_namelen = sizeof(SocketAddress);
        header.msg_hdr.msg_controllen = kArrivalControlSize;
    }
}

Buffer ReceiveBatch::spare() {
    if (Buffer buffer = pool_.allocate()) return buffer;
    return armed_count() > 0 ? std::move(armed_[first_armed_++]) : Buffer();
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
