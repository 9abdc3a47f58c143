// Flow control of a reliable sender: how much may be held, who holds the program back, for how long
// that is borne, and what is said about it.
#include <algorithm>
#include <string>
#include <utility>

#include "node/reliable_sender.hpp"

namespace mcast::detail {

namespace {

// Publishers of reliable topics hold at most this share of the transmit buffers, together.
constexpr std::size_t kHeldShareNumerator = 3;
constexpr std::size_t kHeldShareDenominator = 4;
// Reports that are answered once a receiver has caught up: the first answer may be lost.
constexpr std::uint8_t kCaughtUpTold = 3;
// A turn that took longer does not count for a receiver's patience: we were away ourselves.
constexpr Duration kTurnMax = std::chrono::milliseconds(100);

}  // namespace

using protocol::Receiver;

std::size_t ReliableSender::held_max() const {
    const std::size_t buffers = context_.transport().capabilities().transmit_buffer_count;
    return buffers * kHeldShareNumerator / kHeldShareDenominator;
}

std::size_t ReliableSender::capacity() const {
    const std::size_t share = held_max() / std::max<std::size_t>(context_.reliable_publishers, 1);
    return std::clamp<std::size_t>(share, 1, qos_.reliability.window);
}

bool ReliableSender::may_send(std::uint32_t count) {
    if (!pace_.is_free()) {
        const Instant now = context_.now();
        account(now);
        if (!pace_.may_send(now)) {
            ++stats_.paced;
            return false;
        }
    }
    if (qos_.reliability.flow != FlowControl::None && !has_room(count)) {
        on_refused();
        return false;
    }
    if (held_back_at_ != Instant{}) on_granted();
    if (has_buffers(count)) return true;
    ++stats_.refused;
    return false;
}

bool ReliableSender::has_room(std::uint32_t count) {
    // A large message may be more datagrams than a receiver's queue; but it takes one place there,
    // and its pieces none. So it is let through when there is nothing else under way.
    const bool alone =
        count > 1 && receivers_.acknowledged_next(history_.next()) == history_.next();
    if (history_.next() + count > limit_ && !alone) return false;
    const std::size_t size = history_.size() + count;
    // What is held for those that come later makes room for what is new.
    return size <= capacity() || spare(size - capacity());
}

bool ReliableSender::has_buffers(std::uint32_t count) {
    // Without flow control the oldest of its own make room, in on_sent().
    if (qos_.reliability.flow == FlowControl::None) return true;
    // Others hold more than their shares, since they were alone before. Nobody's receivers are to
    // blame here.
    const std::size_t held = context_.reliable_held + count;
    return held <= held_max() || spare(held - held_max());
}

bool ReliableSender::spare(std::size_t surplus) {
    const std::uint64_t end = history_.oldest() + surplus;
    if (receivers_.acknowledged_next(history_.next()) < end) return false;
    release_below(end);
    return true;
}

void ReliableSender::keep_to_share() {
    const std::size_t share = capacity();
    if (history_.size() <= share) return;
    std::uint64_t end = history_.next() - share;
    if (qos_.reliability.flow != FlowControl::None)
        end = std::min(end, receivers_.acknowledged_next(history_.next()));
    release_below(end);
}

void ReliableSender::watch_slowest(Instant now) {
    const Duration turn = std::min<Duration>(now - turn_at_, kTurnMax);
    if (held_back_at_ == Instant{}) {
        for (Receiver& receiver : receivers_.all())
            receiver.holding = std::max(receiver.holding - turn, Duration::zero());
        return;
    }
    Receiver* slowest = receivers_.slowest(history_.next() >= limit_);
    if (slowest == nullptr) return;
    // A program that asks only now and then waits in between as well, if it does ask again.
    (now - held_back_at_ < kTurnMax ? slowest->holding : slowest->suspected) += turn;
    if (slowest->holding > qos_.reliability.patience) let_lag(now, *slowest);
}

void ReliableSender::on_refused() {
    ++stats_.held_back;
    held_back_at_ = context_.now();
    for (Receiver& receiver : receivers_.all())
        receiver.holding += std::exchange(receiver.suspected, Duration::zero());
}

void ReliableSender::on_granted() {
    held_back_at_ = {};
    for (Receiver& receiver : receivers_.all())
        receiver.suspected = {};
}

void ReliableSender::let_lag(Instant now, Receiver& receiver) {
    receiver.lagging = true;
    receiver.holding = receiver.suspected = Duration::zero();
    report_event(now, EventKind::Lagged, receiver,
                 "takes less than is published and is no longer waited for");
    if (const protocol::Peer* peer = peers_.find(receiver.peer))
        answer(*peer, receiver, receiver.token, false, history_.oldest());
    release_acknowledged();
}

void ReliableSender::catch_up(Instant now, Receiver& receiver) {
    // Within the held half, and it takes more: else it would hold the others back at once.
    if (receiver.next < history_.oldest() || history_.next() - receiver.next > capacity() / 2 ||
        receiver.limit <= history_.next())
        return;
    receiver.lagging = false;
    receiver.to_be_told = kCaughtUpTold;
    report_event(now, EventKind::CaughtUp, receiver, {});
    release_acknowledged();
}

void ReliableSender::report_event(Instant now, EventKind kind, const Receiver& receiver,
                                  std::string_view text) {
    EventRecord record;
    record.event.kind = kind;
    record.event.at = now;
    record.event.peer = receiver.peer;
    if (const protocol::Peer* peer = peers_.find(receiver.peer))
        record.peer_name.assign(peer->name());
    record.topic.assign(topic_);
    if (!text.empty())
        record.text.assign("peer '" + std::string(record.peer_name.view()) + "' (" +
                           to_string(receiver.peer) + ") " + std::string(text));
    context_.events.push(record);
}

}  // namespace mcast::detail
