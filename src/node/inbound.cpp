#include "node/inbound.hpp"

#include <algorithm>

namespace mcast::detail {

Inbound::Inbound(Context& context, Outbound& outbound, const Membership& membership,
                 const protocol::PeerTable& peers)
    : context_(context),
      streams_(context.options.limits.streams_max),
      index_(context.options.limits.streams_max),
      delivery_(context, streams_),
      requester_(context, outbound, membership, peers),
      reliable_(context, delivery_, requester_, streams_) {
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
    if (subscriber.qos().delivery == Delivery::Reliable) reliable_.reserve();
    subscribers_.push_back(&subscriber);
    for (Stream& stream : streams_) {
        if (!stream.used || !subscriber.accepts(stream.key.topic)) continue;
        attach_subscribers(stream);
        // It begins again, this time as what it is.
        if (subscriber.qos().delivery == Delivery::Reliable && !stream.is_reliable())
            end_stream(context_.now(), stream, GapCause::Lost);
    }
    return true;
}

void Inbound::remove(SubscriberCore& subscriber) {
    std::erase(subscribers_, &subscriber);
    for (Stream& stream : streams_) {
        if (!stream.used) continue;
        attach_subscribers(stream);
        // The publisher answers only who subscribes reliably: it begins again, as best effort.
        if (stream.subscriber_count == 0 ||
            (stream.is_reliable() && !wants_reliable(stream.key.topic)))
            end_stream(context_.now(), stream, GapCause::Lost);
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

bool Inbound::wants_reliable(std::uint64_t topic) const {
    return std::any_of(subscribers_.begin(), subscribers_.end(), [&](const SubscriberCore* s) {
        return s->qos().delivery == Delivery::Reliable && s->accepts(topic);
    });
}

Stream* Inbound::find_stream(Instant now, const StreamKey& key, bool reliable) {
    if (last_ == nullptr || !(last_->key == key)) {
        const std::uint32_t* found = index_.find(key);
        last_ = found == nullptr ? begin_stream(now, key, reliable) : &streams_[*found];
    }
    // Its publisher, or a subscriber, has become reliable since it began.
    if (reliable && last_ != nullptr && !last_->is_reliable() && wants_reliable(key.topic)) {
        end_stream(now, *last_, GapCause::Lost);
        last_ = begin_stream(now, key, true);
    }
    return last_;
}

Stream* Inbound::begin_stream(Instant now, const StreamKey& key, bool reliable) {
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
    Stream& stream = streams_[free_.back()];
    stream = Stream{};
    stream.key = key;
    if (reliable && wants_reliable(key.topic) && !reliable_.begin(now, stream)) {
        context_.drop(DropCause::StreamLimit);
        return nullptr;
    }
    stream.used = true;
    index_.insert(key, free_.back());
    free_.pop_back();
    attach_subscribers(stream);
    return &stream;
}

void Inbound::end_stream(Instant now, Stream& stream, GapCause cause) {
    // Without subscribers there is nobody to deliver to, or to tell.
    if (stream.is_reliable()) {
        if (stream.subscriber_count > 0)
            reliable_.end(now, stream, cause);
        else
            reliable_.forget(stream);
    }
    const std::uint32_t slot = index(stream);
    delivery_.on_end(stream, slot);
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
        if (stream.used && stream.key.peer == peer)
            end_stream(context_.now(), stream, GapCause::PeerGone);
}

void Inbound::on_data(Instant now, const wire::ParsedHeader& parsed, Datagram& datagram,
                      const protocol::Peer& peer) {
    const wire::Header& header = parsed.header;
    const bool reliable = (header.flags & wire::kFlagReliable) != 0;
    Stream* stream = find_stream(now, {header.origin, header.topic}, reliable);
    if (stream == nullptr) return;
    if (stream->is_reliable()) {
        reliable_.on_data(now, *stream, parsed, datagram);
        return;
    }
    if (on_arrival(now, *stream, header, peer))
        delivery_.take(now, *stream, index(*stream), parsed, datagram);
}

bool Inbound::on_arrival(Instant now, Stream& stream, const wire::Header& header,
                         const protocol::Peer& peer) {
    const std::uint64_t newest = stream.order.newest();
    const protocol::Arrival arrival = stream.order.on_datagram(header.sequence);
    switch (arrival.verdict) {
        case protocol::Verdict::Accepted:
            // The first, or a step back that a second one has confirmed: the account begins anew.
            if (header.sequence <= newest) stream.account = {};
            if (stream.account.first == 0) stream.account.first = header.sequence;
            if (arrival.missing_last != 0) {
                on_gap(now, stream, arrival, peer);
                // One that waited for confirmation was dropped.
                stream.account[StreamLoss::Unknown] += header.sequence - arrival.missing_last - 1;
            }
            return true;
        case protocol::Verdict::Duplicate:
            ++stream.account.duplicates;
            delivery_.drop(stream, DropCause::Duplicate);
            return false;
        case protocol::Verdict::Implausible:
            delivery_.drop(stream, DropCause::Implausible);
            return false;
        case protocol::Verdict::Late:
            break;
    }
    return on_late(stream, header, arrival.was_missing);
}

bool Inbound::on_late(Stream& stream, const wire::Header& header, bool was_missing) {
    StreamAccount& account = stream.account;
    const std::uint64_t sequence = header.sequence;
    // A late fragment may still complete its message: nothing newer has been delivered.
    const bool awaited =
        header.kind == wire::DatagramKind::Fragment && delivery_.wants(index(stream), sequence);
    if (awaited && sequence < account.first) {
        // Of the large message with which the stream began: a later fragment came first.
        account[StreamLoss::Network] += account.first - sequence - 1;
        account.first = sequence;
    } else if (awaited || was_missing) {
        // It was counted as lost already.
        std::uint64_t& network = account[StreamLoss::Network];
        --(network > 0 ? network : account[StreamLoss::Kernel]);
        if (!awaited) ++account[StreamLoss::Late];
    }
    if (was_missing)
        for (std::size_t i = 0; i < stream.subscriber_count; ++i)
            stream.subscribers[i]->on_late();
    if (!awaited) delivery_.drop(stream, DropCause::Late);
    return awaited;
}

void Inbound::on_gap(Instant now, Stream& stream, const protocol::Arrival& arrival,
                     const protocol::Peer& peer) {
    // What our own host has dropped since the last gap is the likely cause.
    const std::uint64_t dropped = requester_.overruns();
    const StreamLoss loss = dropped > kernel_dropped_ ? StreamLoss::Kernel : StreamLoss::Network;
    kernel_dropped_ = dropped;
    stream.account[loss] += arrival.missing_count();
    delivery_.report_gap(now, stream, arrival.missing_first, arrival.missing_last, GapCause::Lost,
                         &peer);
}

void Inbound::on_heartbeat(Instant now, PeerId peer, const wire::Heartbeat& heartbeat) {
    if (!wants_reliable(heartbeat.topic)) return;
    Stream* stream = find_stream(now, {peer, heartbeat.topic}, true);
    if (stream != nullptr && stream->is_reliable()) reliable_.on_heartbeat(now, *stream, heartbeat);
}

void Inbound::on_parity(Instant now, const wire::ParsedHeader& parsed, const Datagram& datagram) {
    const std::uint32_t* found = index_.find({parsed.header.origin, parsed.header.topic});
    if (found != nullptr && streams_[*found].is_reliable())
        reliable_.on_parity(now, streams_[*found], parsed, datagram);
}

void Inbound::on_overheard(Instant now, const wire::Nak& nak) {
    const std::uint32_t* found = index_.find({nak.publisher, nak.topic});
    if (found != nullptr && streams_[*found].is_reliable())
        reliable_.on_overheard(now, streams_[*found], nak.missing);
}

Instant Inbound::deadline() const {
    return std::min(delivery_.deadline(), reliable_.deadline());
}

std::vector<StreamInfo> Inbound::streams() const {
    std::vector<StreamInfo> all;
    for (const Stream& stream : streams_)
        if (stream.used) all.push_back(describe(stream));
    return all;
}

StreamInfo Inbound::describe(const Stream& stream) const {
    StreamInfo info;
    info.publisher = stream.key.peer;
    if (const protocol::Peer* peer = requester_.find(stream.key.peer))
        info.peer_name = peer->name();
    if (stream.subscriber_count > 0) {
        info.topic = stream.subscribers[0]->topic();
        info.delivery = stream.subscribers[0]->qos().delivery;
    }
    info.first = stream.account.first;
    info.delivered = stream.account.delivered;
    info.lost = stream.account.lost;
    info.duplicates = stream.account.duplicates;
    info.newest = stream.order.newest();
    if (!stream.is_reliable()) return info;
    const ReliableStream& reliable = reliable_.at(stream);
    info.delivery = Delivery::Reliable;
    info.newest = reliable.joined ? reliable.window.end() - 1 : 0;
    info.waiting = reliable.window.held();
    info.missing = reliable.joined ? reliable.window.missing() : 0;
    info.repaired = reliable.repaired;
    info.recovered = reliable.recovered;
    info.naks = reliable.naks;
    info.round_trip = reliable.round_trip.smoothed();
    return info;
}

}  // namespace mcast::detail
