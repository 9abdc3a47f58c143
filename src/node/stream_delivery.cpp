#include "node/stream_delivery.hpp"

#include <algorithm>
#include <utility>

#include "wire/fragment.hpp"
#include "wire/frame.hpp"

namespace mcast::detail {

namespace {

// Receive buffers that are never queued to subscribers: so many, or a quarter of a small pool.
constexpr std::size_t kBufferReserve = 64;

// Bytes of the first `count` messages; all of them if they do not end.
std::uint32_t size_of_first(std::span<const std::byte> messages, std::uint16_t message_count,
                            std::uint16_t count) {
    wire::FrameWalker walker(messages, message_count);
    std::size_t size = 0;
    for (std::uint16_t i = 0; i < count; ++i)
        size += walker.next().size();
    return static_cast<std::uint32_t>(size);
}

}  // namespace

StreamDelivery::StreamDelivery(Context& context, std::vector<Stream>& streams)
    : context_(context),
      streams_(streams),
      reassembler_(context.options.limits.reassemblies_max,
                   context.options.limits.message_size_max),
      buffer_reserve_(
          std::min(kBufferReserve, context.transport().capabilities().receive_buffer_count / 4)) {}

void StreamDelivery::drop(const Stream& stream, DropCause cause, std::uint64_t count) {
    // Each subscriber counts its own; the node counts the datagram once.
    for (std::size_t i = 0; i < stream.subscriber_count; ++i)
        stream.subscribers[i]->count_drop(cause, count);
    context_.drop(cause, count);
}

void StreamDelivery::take(Instant now, Stream& stream, std::uint32_t slot,
                          const wire::ParsedHeader& parsed, Datagram& datagram,
                          std::uint16_t skip) {
    const wire::Header& header = parsed.header;
    if (header.kind == wire::DatagramKind::Fragment) {
        take_fragment(now, stream, slot, parsed, datagram, false);
        return;
    }
    on_passed(stream, slot, header.sequence);
    // One of a reliable stream is what others wait for that hold buffers.
    if (!has_buffers() && !stream.is_reliable()) {
        drop(stream, DropCause::NoBuffer);
        ++stream.account[StreamLoss::NoBuffer];
        return;
    }
    std::uint32_t offset = parsed.size;
    const std::uint16_t skipped = std::min(skip, header.message_count);
    if (skipped > 0)
        offset +=
            size_of_first(datagram.buffer.bytes().subspan(offset), header.message_count, skipped);
    ++stream.account.delivered;
    hand_over(stream, {std::move(datagram.buffer), offset,
                       static_cast<std::uint16_t>(header.message_count - skipped), slot,
                       header.origin, header.topic, datagram.interface, header.sent_at,
                       datagram.received_at, header.sequence});
}

bool StreamDelivery::take_reliable(Instant now, Stream& stream, std::uint32_t slot,
                                   const wire::ParsedHeader& parsed, Datagram& datagram,
                                   std::uint16_t skip) {
    if (room(stream) == 0) return false;
    if (parsed.header.kind == wire::DatagramKind::Fragment)
        return take_fragment(now, stream, slot, parsed, datagram, true);
    take(now, stream, slot, parsed, datagram, skip);
    return true;
}

std::size_t StreamDelivery::room(const Stream& stream) const {
    std::size_t room = SIZE_MAX;
    for (std::size_t i = 0; i < stream.subscriber_count; ++i)
        if (stream.subscribers[i]->qos().delivery == Delivery::Reliable)
            room = std::min(room, stream.subscribers[i]->room());
    return room;
}

void StreamDelivery::report_gap(Instant now, Stream& stream, std::uint64_t first,
                                std::uint64_t last, GapCause cause, const protocol::Peer* peer) {
    for (std::size_t i = 0; i < stream.subscriber_count; ++i)
        stream.subscribers[i]->on_lost(last - first + 1);
    EventRecord record;
    record.event.kind = EventKind::Gap;
    record.event.at = now;
    record.event.peer = stream.key.peer;
    record.event.first = first;
    record.event.last = last;
    record.event.cause = cause;
    if (peer != nullptr) record.peer_name.assign(peer->name());
    if (stream.subscriber_count > 0) record.topic.assign(stream.subscribers[0]->topic());
    context_.events.push(record);
}

bool StreamDelivery::take_fragment(Instant now, Stream& stream, std::uint32_t slot,
                                   const wire::ParsedHeader& parsed, const Datagram& datagram,
                                   bool keep) {
    const wire::Header& header = parsed.header;
    const auto fragment = wire::parse_fragment(datagram.buffer.bytes().subspan(parsed.size));
    if (!fragment) {
        drop(stream, DropCause::MalformedMessage);
        ++stream.account[StreamLoss::Malformed];
        return true;
    }
    if (keep && fragment->index != 0 && !reassembler_.wants(slot, header.sequence)) {
        // In order, so the ones before it are gone for good. Whoever joins in the midst of a
        // message, after losing sight of its publisher, was not told so yet.
        if (header.sequence == stream.account.first)
            report_gap(now, stream, header.sequence,
                       header.sequence - fragment->index + fragment->count - 1, GapCause::NotHeld,
                       nullptr);
        drop(stream, DropCause::Fragment);
        ++stream.account[StreamLoss::Fragment];
        return true;
    }
    using Outcome = protocol::Reassembler::Outcome;
    auto result =
        reassembler_.on_fragment(now, {slot, header.sequence, fragment->size, fragment->index,
                                       fragment->count, fragment->offset, fragment->data, keep});
    if (result.outcome == Outcome::NoRoom && keep) return false;
    if (result.abandoned > 0) abandon(streams_[result.abandoned_stream], result.abandoned);
    ++stream.account.delivered;
    switch (result.outcome) {
        case Outcome::Stored:
            return true;
        case Outcome::Duplicate:
            --stream.account.delivered;
            ++stream.account.duplicates;
            drop(stream, DropCause::Duplicate);
            return true;
        case Outcome::Malformed:
            stream.account.retract(StreamLoss::Malformed);
            drop(stream, DropCause::MalformedMessage);
            return true;
        case Outcome::TooLarge:
            stream.account.retract(StreamLoss::Fragment);
            drop(stream, DropCause::TooLarge);
            return true;
        case Outcome::NoRoom:
            stream.account.retract(StreamLoss::Fragment);
            drop(stream, DropCause::Fragment);
            return true;
        case Outcome::Complete:
            break;
    }
    for (std::size_t i = 0; i < stream.subscriber_count; ++i)
        stream.subscribers[i]->on_reassembled();
    hand_over(stream,
              {std::move(result.message), 0, 1, slot, header.origin, header.topic,
               datagram.interface, header.sent_at, datagram.received_at, result.first_sequence});
    return true;
}

void StreamDelivery::hand_over(Stream& stream, QueuedDatagram&& queued) {
    // A stream without subscribers is ended, see Inbound::remove().
    const std::size_t last = stream.subscriber_count - 1;
    for (std::size_t i = 0; i < last; ++i)
        if (const auto out = stream.subscribers[i]->on_datagram(QueuedDatagram(queued)))
            on_pushed_out(*stream.subscribers[i], *out);
    if (const auto out = stream.subscribers[last]->on_datagram(std::move(queued)))
        on_pushed_out(*stream.subscribers[last], *out);
}

void StreamDelivery::on_pushed_out(const SubscriberCore& subscriber,
                                   const SubscriberCore::PushedOut& out) {
    // The account of a stream is that of its first subscriber; its place may be another's by now.
    Stream& stream = streams_[out.stream];
    if (stream.used && stream.key == StreamKey{out.peer, out.topic} &&
        stream.subscribers[0] == &subscriber)
        stream.account.retract(out.loss);
}

void StreamDelivery::abandon(Stream& stream, std::uint32_t fragments) {
    stream.account.delivered -= fragments;
    stream.account[StreamLoss::Fragment] += fragments;
    drop(stream, DropCause::Fragment, fragments);
}

void StreamDelivery::on_passed(Stream& stream, std::uint32_t slot, std::uint64_t sequence) {
    const std::uint32_t lost = reassembler_.on_stream_passed(slot, sequence);
    if (lost > 0) abandon(stream, lost);
}

void StreamDelivery::on_end(Stream& stream, std::uint32_t slot) {
    on_passed(stream, slot, UINT64_MAX);
}

void StreamDelivery::on_deadline(Instant now) {
    reassembler_.on_deadline(now, [&](std::uint32_t slot, std::uint32_t fragments) {
        abandon(streams_[slot], fragments);
    });
}

}  // namespace mcast::detail
