#include "transports/socket/arrived_run.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace mcast::socket {

ArrivedRun::ArrivedRun(Datagram head, std::uint32_t segment_size) : head_(std::move(head)) {
    set_segment_size(segment_size);
}

Datagram& ArrivedRun::begin(Buffer bytes) {
    head_.buffer = std::move(bytes);
    head_.way = Way::Unicast;
    head_.received_at = {};
    segment_size_ = offset_ = 0;
    return head_;
}

void ArrivedRun::set_segment_size(std::uint32_t segment_size) {
    segment_size_ = segment_size < head_.buffer.size() ? segment_size : 0;
}

std::size_t ArrivedRun::size() const {
    if (empty()) return 0;
    if (segment_size_ == 0) return 1;
    return (head_.buffer.size() - offset_ + segment_size_ - 1) / segment_size_;
}

void ArrivedRun::take(Datagram& out, Buffer spare) {
    if (segment_size_ == 0) {
        out = std::move(head_);
        return;
    }
    const std::uint32_t size = next_size();
    out.interface = head_.interface;
    out.destination = head_.destination;
    out.source = head_.source;
    out.way = head_.way;
    out.received_at = head_.received_at;
    if (is_askew()) {
        std::memcpy(spare.data(), head_.buffer.data() + offset_, size);
        spare.resize(size);
        out.buffer = std::move(spare);
    } else {
        out.buffer = head_.buffer.slice(offset_, size);
    }
    static_cast<void>(skip());
}

std::uint32_t ArrivedRun::skip() {
    const std::uint32_t size = next_size();
    offset_ += size;
    if (offset_ == head_.buffer.size()) head_.buffer.reset();
    return size;
}

std::uint32_t ArrivedRun::next_size() const {
    return std::min(segment_size_, head_.buffer.size() - offset_);
}

}  // namespace mcast::socket
