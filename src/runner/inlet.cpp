#include "runner/inlet.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace mcast::detail {

namespace {

// Datagrams taken out at a time: enough that the queue's cost is spread over many messages, few
// enough that the other threads find some.
constexpr std::size_t kBatch = 8;

}  // namespace

Inlet::Inlet(RunnerCore& runner, IncomingTopic& topic)
    : runner_(runner),
      topic_(topic),
      batch_(topic.latest() ? topic.capacity() : std::min(kBatch, topic.capacity())) {}

Inlet::Inlet(const Inlet& other) : Inlet(other.runner_, other.topic_) {
    topic_.add_inlet();
}

Inlet::~Inlet() {
    // Left over only if a handler threw: nobody reads these any more.
    if (walker_) counts_.queue_full += walker_->remaining();
    for (; begin_ < end_; ++begin_)
        counts_.queue_full += batch_[begin_].message_count;
    topic_.count(counts_);
    if (topic_.drop_inlet()) runner_.on_topic_unused();
}

bool Inlet::wait_for(Duration duration) {
    const bool left_over = begin_ < end_ || (walker_ && walker_->remaining() > 0);
    return left_over || topic_.wait_for(duration);
}

const MessageView* Inlet::next() {
    for (;;) {
        if (walker_) {
            view_.frame = walker_->next();
            if (!view_.frame.empty()) {
                ++counts_.delivered;
                counts_.delivered_bytes += view_.frame.size();
                return &view_;
            }
            counts_.malformed += walker_->remaining();
            walker_.reset();
        }
        view_.datagram.reset();
        if (begin_ == end_ && !refill()) return nullptr;
        open(batch_[begin_++]);
    }
}

void Inlet::reject() {
    --counts_.delivered;
    counts_.delivered_bytes -= view_.frame.size();
    ++counts_.malformed;
}

bool Inlet::refill() {
    const std::size_t wanted = std::min(budget_, batch_.size());
    begin_ = 0;
    end_ = wanted == 0 ? 0 : topic_.take(std::span(batch_).first(wanted));
    budget_ -= end_;
    if (topic_.latest()) {
        drop_overtaken();
        budget_ = 0;  // so that a drain() shows each peer's newest, once
    }
    topic_.count(std::exchange(counts_, {}));
    return end_ > 0;
}

void Inlet::drop_overtaken() {
    std::size_t kept = end_;
    for (std::size_t i = end_; i > 0; --i) {
        QueuedDatagram& datagram = batch_[i - 1];
        const auto newer = std::span(batch_).subspan(kept, end_ - kept);
        const bool overtaken = std::any_of(newer.begin(), newer.end(), [&](const auto& other) {
            return other.peer == datagram.peer && other.topic == datagram.topic;
        });
        if (overtaken) {
            counts_.stale += datagram.message_count;
            datagram.buffer.reset();
        } else if (--kept != i - 1) {
            batch_[kept] = std::move(datagram);
        }
    }
    begin_ = kept;
}

void Inlet::open(QueuedDatagram& datagram) {
    walker_ = open_queued(datagram, view_);
    if (topic_.latest()) skip_to_last();
}

void Inlet::skip_to_last() {
    std::uint64_t stale = 0;
    wire::FrameWalker ahead = *walker_;
    while (ahead.remaining() > 1 && !ahead.next().empty())
        ++stale;
    if (ahead.remaining() != 1) return;  // malformed on the way: next() finds it and counts it
    *walker_ = ahead;
    counts_.stale += stale;
}

}  // namespace mcast::detail
