#include "node/inbound.hpp"

#include <algorithm>
#include <utility>

#include "wire/fragment.hpp"

namespace mcast::detail {

namespace {

// Receive buffers that are never queued to subscribers: so many, or a quarter of a small pool.
constexpr std::size_t kBufferReserve = 64;

}  // namespace

Inbound::Inbound(Context& context)
    : context_(context),
      streams_(context.options.limits.streams_max),
      index_(context.options.limits.streams_max),
      reassembler_(context.options.limits.reassemblies_max,
                   context.options.limits.message_size_max),
      buffer_reserve_(
          std::min(kBufferReserve, context.transport().capabilities().receive_buffer_count / 4)) {
    free_.reserve(streams_.size());
    for (std::size_t i = streams_.size(); i > 0; --i)
        free_.push_back(static_cast<std::uint32_t>(i - 1));
}

std::uint32_t Inbound::index(const Stream& stream) const {
    return static_cast<std::uint32_t>(&stream - streams_.data());
}

bool Inbound::add(SubscriberCore& subscriber) {
    const auto same_name = std::count_if(
        subscribers_.begin(), subscribers_.end(),
        [&](const SubscriberCore* other) { return other->topic() == subscriber.topic(); });
    if (static_cast<std::size_t>(same_name) >= kSubscribersPerTopicMax) return false;
    subscribers_.push_back(&subscriber);
    for (Stream& stream : streams_)
        if (stream.used) attach_subscribers(stream);
    return true;
}

void Inbound::remove(SubscriberCore& subscriber) {
    std::erase(subscribers_, &subscriber);
    for (Stream& stream : streams_) {
        if (!stream.used) continue;
        attach_subscribers(stream);
        if (stream.subscriber_count == 0) end_stream(stream);
    }
}

void Inbound::attach_subscribers(Stream& stream) {
    stream.subscriber_count = 0;
    for (SubscriberCore* subscriber : subscribers_) {
        if (stream.subscriber_count == kSubscribersPerTopicMax) break;
        if (subscriber->accepts(stream.key.topic))
            stream.subscribers[stream.subscriber_count++] = subscriber;
    }
}

Inbound::Stream* Inbound::find_stream(const StreamKey& key) {
    if (last_ != nullptr && last_->key == key) return last_;
    const std::uint32_t* found = index_.find(key);
    last_ = found == nullptr ? begin_stream(key) : &streams_[*found];
    return last_;
}

Inbound::Stream* Inbound::begin_stream(const StreamKey& key) {
    const bool wanted = std::any_of(subscribers_.begin(), subscribers_.end(),
                                    [&](const auto* s) { return s->accepts(key.topic); });
    if (!wanted) {
        context_.drop(DropCause::NotSubscribed);
        return nullptr;
    }
    if (free_.empty()) {
        context_.drop(DropCause::StreamLimit);
        return nullptr;
    }
    const std::uint32_t slot = free_.back();
    free_.pop_back();
    index_.insert(key, slot);
    Stream& stream = streams_[slot];
    stream = Stream{};
    stream.key = key;
    stream.used = true;
    attach_subscribers(stream);
    return &stream;
}

void Inbound::end_stream(Stream& stream) {
    const std::uint32_t slot = index(stream);
    if (const auto lost = reassembler_.on_stream_passed(slot, UINT64_MAX); lost > 0)
        drop(stream, DropCause::Fragment, lost);
    for (std::size_t i = 0; i < stream.subscriber_count; ++i)
        stream.subscribers[i]->on_stream_end(slot);
    index_.erase(stream.key);
    stream.used = false;
    stream.key = {};
    free_.push_back(slot);
    last_ = nullptr;
}

void Inbound::on_peer_down(PeerId peer) {
    for (Stream& stream : streams_)
        if (stream.used && stream.key.peer == peer) end_stream(stream);
}

void Inbound::drop(const Stream& stream, DropCause cause, std::uint64_t count) {
    // Each subscriber counts its own; the node counts the datagram once.
    for (std::size_t i = 0; i < stream.subscriber_count; ++i)
        stream.subscribers[i]->count_drop(cause, count);
    context_.drop(cause, count);
}

void Inbound::on_data(Instant now, const wire::ParsedHeader& parsed, Datagram& datagram,
                      const protocol::Peer& peer) {
    const wire::Header& header = parsed.header;
    Stream* stream = find_stream({header.origin, header.topic});
    if (stream == nullptr) return;
    const bool fragment = header.kind == wire::DatagramKind::Fragment;
    // A late fragment may still complete its message: nothing newer has been delivered.
    const bool awaited = fragment && header.sequence < stream->order.newest() &&
                         reassembler_.wants(index(*stream), header.sequence);
    if (!on_arrival(now, *stream, header, peer) && !awaited) return;
    if (fragment) {
        on_fragment(now, *stream, parsed, datagram);
        return;
    }
    if (const auto lost = reassembler_.on_stream_passed(index(*stream), header.sequence); lost > 0)
        drop(*stream, DropCause::Fragment, lost);
    if (buffers_free_ < buffer_reserve_) {
        drop(*stream, DropCause::NoBuffer);
        return;
    }
    deliver(*stream, {std::move(datagram.buffer), parsed.size, header.message_count, index(*stream),
                      header.origin, header.topic, datagram.interface, header.sent_at,
                      datagram.received_at, header.sequence});
}

bool Inbound::on_arrival(Instant now, Stream& stream, const wire::Header& header,
                         const protocol::Peer& peer) {
    const protocol::Arrival arrival = stream.order.on_datagram(header.sequence);
    switch (arrival.verdict) {
        case protocol::Verdict::Accepted:
            if (arrival.missing_last != 0) report_gap(now, stream, arrival, peer);
            return true;
        case protocol::Verdict::Duplicate:
            drop(stream, DropCause::Duplicate);
            return false;
        case protocol::Verdict::Implausible:
            drop(stream, DropCause::Implausible);
            return false;
        case protocol::Verdict::Late:
            break;
    }
    for (std::size_t i = 0; arrival.was_missing && i < stream.subscriber_count; ++i)
        stream.subscribers[i]->on_late();
    if (!reassembler_.wants(index(stream), header.sequence)) drop(stream, DropCause::Late);
    return false;
}

void Inbound::report_gap(Instant now, const Stream& stream, const protocol::Arrival& arrival,
                         const protocol::Peer& peer) {
    for (std::size_t i = 0; i < stream.subscriber_count; ++i)
        stream.subscribers[i]->on_lost(arrival.missing_count());
    EventRecord record;
    record.event.kind = EventKind::Gap;
    record.event.at = now;
    record.event.peer = stream.key.peer;
    record.event.first = arrival.missing_first;
    record.event.last = arrival.missing_last;
    record.peer_name.assign(peer.name());
    if (stream.subscriber_count > 0) record.topic.assign(stream.subscribers[0]->topic());
    context_.events.push(record);
}

void Inbound::on_fragment(Instant now, Stream& stream, const wire::ParsedHeader& parsed,
                          const Datagram& datagram) {
    const auto fragment = wire::parse_fragment(datagram.buffer.bytes().subspan(parsed.size));
    if (!fragment) {
        drop(stream, DropCause::MalformedMessage);
        return;
    }
    using Outcome = protocol::Reassembler::Outcome;
    auto result = reassembler_.on_fragment(
        now, {index(stream), parsed.header.sequence, fragment->size, fragment->index,
              fragment->count, fragment->offset, fragment->data});
    if (result.abandoned > 0) drop(stream, DropCause::Fragment, result.abandoned);
    switch (result.outcome) {
        case Outcome::Stored:
            return;
        case Outcome::Duplicate:
            drop(stream, DropCause::Duplicate);
            return;
        case Outcome::Malformed:
            drop(stream, DropCause::MalformedMessage);
            return;
        case Outcome::TooLarge:
            drop(stream, DropCause::TooLarge);
            return;
        case Outcome::NoRoom:
            drop(stream, DropCause::Fragment);
            return;
        case Outcome::Complete:
            break;
    }
    for (std::size_t i = 0; i < stream.subscriber_count; ++i)
        stream.subscribers[i]->on_reassembled();
    const wire::Header& header = parsed.header;
    deliver(stream,
            {std::move(result.message), 0, 1, index(stream), header.origin, header.topic,
             datagram.interface, header.sent_at, datagram.received_at, result.first_sequence});
}

void Inbound::deliver(Stream& stream, QueuedDatagram&& queued) {
    // A stream without subscribers is ended, see remove().
    const std::size_t last = stream.subscriber_count - 1;
    for (std::size_t i = 0; i < last; ++i)
        stream.subscribers[i]->on_datagram(QueuedDatagram(queued));
    stream.subscribers[last]->on_datagram(std::move(queued));
}

void Inbound::on_deadline(Instant now) {
    if (const auto lost = reassembler_.on_deadline(now); lost > 0)
        context_.drop(DropCause::Fragment, lost);
}

}  // namespace mcast::detail
