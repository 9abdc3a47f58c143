#include "node/reliable_sender.hpp"

#include <algorithm>

#include "protocol/limits.hpp"

namespace mcast::detail {

namespace {

using protocol::Receiver;

bool follows(const protocol::Peer& peer, std::uint64_t topic) {
    const auto topics = peer.topics();
    return std::any_of(topics.begin(), topics.end(), [&](const protocol::TopicEntry& entry) {
        return entry.delivery == Delivery::Reliable && wants_topic(entry, topic);
    });
}

}  // namespace

ReliableSender::ReliableSender(Context& context, Outbound& outbound,
                               const protocol::PeerTable& peers, const Membership& membership,
                               PublisherStats& stats, std::string_view topic,
                               std::uint64_t topic_id, const Qos& qos, std::uint64_t first_sequence)
    : context_(context),
      outbound_(outbound),
      peers_(peers),
      membership_(membership),
      stats_(stats),
      control_(context, outbound),
      topic_(topic),
      topic_id_(topic_id),
      qos_(qos),
      history_(qos.reliability.window, first_sequence),
      receivers_(context.options.limits.peers_max),
      repairs_(history_.capacity()) {}

ReliableSender::~ReliableSender() {
    context_.reliable_held -= history_.size();
}

void ReliableSender::on_dropped() {
    in_use_ = false;
    release_acknowledged();
}

void ReliableSender::on_return(const Reliability& reliability) {
    in_use_ = true;
    qos_.reliability = reliability;
    held_back_at_ = {};
    for (Receiver& receiver : receivers_.all())
        receiver.holding = receiver.suspected = {};
}

void ReliableSender::refresh_receivers() {
    bool news = false;
    peers_.for_each([&](const protocol::Peer& peer) {
        if (!peer.knows_us() || !follows(peer, topic_id_)) return;
        Receiver* receiver = receivers_.find(peer.id());
        if (receiver == nullptr) {
            const protocol::HistoryStart start = qos_.history > 0
                                                     ? history_.last(qos_.history)
                                                     : protocol::HistoryStart{history_.next(), 0};
            receiver = receivers_.add(peer.id(), start.sequence, start.skip);
            if (receiver == nullptr) return;  // as many as peers: cannot be
            news = true;
        }
        receiver->wanted = true;
        receiver->live = peer.state() == PeerState::Up;
    });
    receivers_.sweep();
    if (news) heartbeat_.on_news(context_.now());
    release_acknowledged();
}

void ReliableSender::release_below(std::uint64_t sequence) {
    const std::size_t before = history_.size();
    history_.release_below(sequence);
    context_.reliable_held -= before - history_.size();
}

void ReliableSender::on_sent(const Buffer& datagram, std::uint16_t messages, bool begins) {
    const bool full = history_.size() >= capacity() || context_.reliable_held >= held_max();
    if (full && qos_.reliability.flow == FlowControl::None) release_below(history_.oldest() + 1);
    const std::size_t before = history_.size();
    history_.push(datagram, messages, begins);
    context_.reliable_held += history_.size() - before;
    ++unaccounted_;
}

void ReliableSender::account(Instant now) {
    if (unaccounted_ == 0) return;
    pace_.on_sent(now, unaccounted_);
    heartbeat_.on_data(now);
    unaccounted_ = 0;
}

void ReliableSender::on_report(Instant now, const protocol::Peer& peer,
                               const wire::ReceiverReport& report) {
    Receiver* receiver = receivers_.find(peer.id());
    if (receiver == nullptr) return;
    if (report.joining) {
        join(*receiver, report);
        answer(peer, *receiver, report.token, true, history_.oldest());
        return;
    }
    // It follows the stream already, but we had lost sight of it, or an old request to join came
    // late: what it says now counts.
    if (report.token != receiver->token) begin_at(*receiver, report.token, report.next);
    take_in_report(now, *receiver, report);
    if (must_tell(*receiver, report))
        answer(peer, *receiver, report.token, false, history_.oldest());
}

bool ReliableSender::must_tell(Receiver& receiver, const wire::ReceiverReport& report) const {
    if (receiver.lagging) return true;
    if (receiver.to_be_told > 0) {
        --receiver.to_be_told;
        return true;
    }
    // So far behind it believes nothing of what comes until it is told by an answer.
    const std::uint64_t next = history_.next();
    return next > protocol::kSequenceJumpMax && report.newest < next - protocol::kSequenceJumpMax;
}

void ReliableSender::join(Receiver& receiver, const wire::ReceiverReport& report) {
    if (receiver.token == report.token) return;  // our answer was lost
    // One that comes back goes on where it was, if that is still held; a new one begins where it
    // was when it was found.
    if (receiver.token != 0)
        begin_at(receiver, report.token, report.next != 0 ? report.next : receiver.next);
    else if (report.next > receiver.begin)
        begin_at(receiver, report.token, report.next);
    else
        begin_at(receiver, report.token, receiver.begin, receiver.skip);
}

void ReliableSender::begin_at(Receiver& receiver, std::uint64_t token, std::uint64_t sequence,
                              std::uint16_t skip) {
    receiver.token = token;
    receiver.skip = skip;
    receiver.begin =
        std::clamp(sequence, std::min(history_.oldest(), history_.next()), history_.next());
    receiver.next = receiver.begin;
    receiver.limit = receiver.begin + protocol::kWindowAssumed;
}

void ReliableSender::take_in_report(Instant now, Receiver& receiver,
                                    const wire::ReceiverReport& report) {
    const Duration round_trip = protocol::echoed_round_trip(context_.host.clock->wall_now(),
                                                            report.echo, report.echo_delay);
    const protocol::Report taken{report.next, report.limit,    report.missed,
                                 report.lost, report.overruns, round_trip};
    if (receivers_.on_report(receiver, taken, history_.next())) pace_.on_overrun(now);
    release_acknowledged();
    if (receiver.lagging) catch_up(now, receiver);
}

void ReliableSender::release_acknowledged() {
    const std::uint64_t next = history_.next();
    limit_ = UINT64_MAX;
    for (const Receiver& receiver : receivers_.all())
        if (receiver.live && !receiver.lagging) limit_ = std::min(limit_, receiver.limit);
    // Without flow control all that fits is held, while the program goes on.
    if (qos_.reliability.flow == FlowControl::None && in_use_) return;
    std::uint64_t release = receivers_.acknowledged_next(next);
    if (qos_.history > 0) release = std::min(release, history_.last(qos_.history).sequence);
    release_below(release);
}

void ReliableSender::answer(const protocol::Peer& peer, const Receiver& receiver,
                            std::uint64_t token, bool tell_begin, std::uint64_t oldest) {
    const std::optional<Target> target = unicast_target(peer, membership_);
    if (!target) return;
    wire::Heartbeat heartbeat;
    heartbeat.oldest = oldest;
    heartbeat.lagged = receiver.lagging;
    heartbeat.token = token;
    if (tell_begin) {
        heartbeat.begin = receiver.begin;
        heartbeat.skip = receiver.skip;
    }
    send_heartbeat(heartbeat, std::span(&*target, 1));
}

wire::Heartbeat ReliableSender::standing() const {
    wire::Heartbeat heartbeat;
    heartbeat.oldest = history_.oldest();
    return heartbeat;
}

void ReliableSender::send_heartbeat(wire::Heartbeat heartbeat, std::span<const Target> targets) {
    heartbeat.topic = topic_id_;
    heartbeat.next = history_.next();
    heartbeat.receivers =
        static_cast<std::uint16_t>(std::min<std::size_t>(receivers_.size(), UINT16_MAX));
    std::span<std::byte> room;
    Buffer buffer = control_.begin(wire::kHeaderSize + wire::kHeartbeatSize, room);
    const std::size_t size = buffer ? wire::write_heartbeat(room, heartbeat) : 0;
    if (size == 0) return;
    control_.send(std::move(buffer), size, wire::DatagramKind::Heartbeat, targets);
    stats_.heartbeats += targets.size();
}

void ReliableSender::on_turn(Instant now, std::span<const Target> targets) {
    account(now);
    watch_slowest(now);
    keep_to_share();
    send_repairs(now, targets);
    if (heartbeat_.deadline() <= now) {
        const bool settled = is_settled();
        if (!targets.empty() && !receivers_.empty()) send_heartbeat(standing(), targets);
        heartbeat_.on_sent(now, settled);
    }
    turn_at_ = now;
}

void ReliableSender::say_last(std::span<const Target> targets) {
    if (!targets.empty() && !is_settled()) send_heartbeat(standing(), targets);
}

bool ReliableSender::is_settled() const {
    const auto all = receivers_.all();
    const std::uint64_t next = history_.next();
    // Who takes no more now is asked until it does: the report that says so may be lost.
    const bool waits = qos_.reliability.flow != FlowControl::None;
    return std::all_of(all.begin(), all.end(), [&](const Receiver& receiver) {
        return receiver.token != 0 && receiver.next == next && !receiver.lagging &&
               (!waits || receiver.limit > next);
    });
}

Instant ReliableSender::deadline() const {
    Instant earliest = heartbeat_.deadline();
    if (!repairs_.empty())
        earliest = std::min(earliest, std::max(repairs_.deadline(), budget_.ready_at()));
    return earliest;
}

std::uint64_t ReliableSender::acknowledged() const {
    return receivers_.acknowledged_next(history_.next()) - 1;
}

std::uint64_t ReliableSender::acknowledged(PeerId peer) const {
    for (const Receiver& receiver : receivers_.all())
        if (receiver.peer == peer) return receiver.next - 1;
    return 0;
}

std::vector<ReceiverInfo> ReliableSender::receivers() const {
    std::vector<ReceiverInfo> all;
    for (const Receiver& receiver : receivers_.all()) {
        ReceiverInfo& info = all.emplace_back();
        info.peer = receiver.peer;
        if (const protocol::Peer* peer = peers_.find(receiver.peer)) info.peer_name = peer->name();
        info.first = receiver.begin;
        info.acknowledged = receiver.next - 1;
        info.outstanding = history_.next() - receiver.next;
        info.missed = receiver.missed;
        info.lost = receiver.lost;
        info.overruns = receiver.overruns;
        info.round_trip = receiver.round_trip.smoothed();
        info.lagging = receiver.lagging;
    }
    return all;
}

}  // namespace mcast::detail
