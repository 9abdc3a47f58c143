#include "node/subscriber_core.hpp"

#include <algorithm>
#include <utility>

#include "mcast/topic.hpp"

namespace mcast::detail {

wire::FrameWalker open_queued(QueuedDatagram& datagram, MessageView& view) {
    view.peer = datagram.peer;
    view.topic = datagram.topic;
    view.interface = datagram.interface;
    view.sent_at = datagram.sent_at;
    view.received_at = datagram.received_at;
    view.sequence = datagram.sequence;
    view.datagram = std::move(datagram.buffer);
    return {view.datagram.bytes().subspan(datagram.offset), datagram.message_count};
}

SubscriberCore::SubscriberCore(Context& context, std::string_view topic, std::uint64_t type_id,
                               const Qos& qos, std::size_t streams_max)
    : context_(context),
      topic_(topic),
      id_(topic_id(topic, type_id)),
      type_id_(type_id),
      qos_(qos),
      queue_(std::max<std::size_t>(qos.queue_capacity, 1)),
      positions_(qos.delivery == Delivery::Latest ? streams_max : 0) {}

bool SubscriberCore::accepts(std::uint64_t topic) const {
    return topic == id_ || (type_id_ == kAnyType && same_topic_name(topic, id_));
}

std::optional<SubscriberCore::PushedOut> SubscriberCore::on_datagram(QueuedDatagram&& datagram) {
    std::optional<PushedOut> out;
    ++stats_.datagrams;
    if (qos_.delivery == Delivery::Latest) {
        const std::uint64_t position = positions_[datagram.stream];
        if (position > queue_.head()) {
            QueuedDatagram& queued = queue_.at(position - 1);
            drop(DropCause::Stale, queued.message_count);
            out = {queued.stream, queued.peer, queued.topic, StreamLoss::Stale};
            queued = std::move(datagram);
            return out;
        }
    }
    if (queue_.full()) {
        // What is newer matters more; order stays as it is.
        const QueuedDatagram oldest = queue_.pop();
        drop(DropCause::QueueFull, oldest.message_count);
        out = {oldest.stream, oldest.peer, oldest.topic, StreamLoss::QueueFull};
    }
    const std::uint32_t stream = datagram.stream;
    const std::uint64_t position = queue_.push(std::move(datagram));
    if (qos_.delivery == Delivery::Latest) positions_[stream] = position + 1;
    return out;
}

void SubscriberCore::on_stream_end(std::uint32_t stream) {
    if (qos_.delivery == Delivery::Latest) positions_[stream] = 0;
}

void SubscriberCore::on_late() {
    if (stats_.lost > 0) --stats_.lost;
}

void SubscriberCore::drop(DropCause cause, std::uint64_t count) {
    stats_.dropped.add(cause, count);
    context_.drop(cause, count);
}

void SubscriberCore::on_reassembled() {
    ++stats_.reassembled;
    ++stats_.payload_copies;
    ++context_.stats.payload_copies;
}

bool SubscriberCore::open_next() {
    if (queue_.empty()) {
        view_.datagram.reset();
        return false;
    }
    QueuedDatagram datagram = queue_.pop();
    walker_ = open_queued(datagram, view_);
    if (qos_.delivery == Delivery::Latest) skip_stale();
    return true;
}

void SubscriberCore::skip_stale() {
    std::uint64_t stale = 0;
    wire::FrameWalker ahead = *walker_;
    while (ahead.remaining() > 1 && !ahead.next().empty())
        ++stale;
    if (ahead.remaining() != 1) return;  // malformed on the way: next() finds it and counts it
    *walker_ = ahead;
    if (stale > 0) drop(DropCause::Stale, stale);
}

const MessageView* SubscriberCore::next() {
    while (walker_ || open_next()) {
        view_.frame = walker_->next();
        if (!view_.frame.empty()) {
            ++stats_.delivered;
            stats_.delivered_bytes += view_.frame.size();
            return &view_;
        }
        if (walker_->remaining() > 0) drop(DropCause::MalformedMessage, walker_->remaining());
        walker_.reset();
    }
    return nullptr;
}

void SubscriberCore::reject() {
    --stats_.delivered;
    stats_.delivered_bytes -= view_.frame.size();
    drop(DropCause::MalformedMessage, 1);
}

}  // namespace mcast::detail
