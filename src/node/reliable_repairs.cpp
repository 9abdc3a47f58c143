// The repairs of a reliable sender: what is asked for is queued, each datagram once, and sent again
// to those who miss it, as fast as the budget allows.
#include <algorithm>
#include <optional>

#include "node/reliable_sender.hpp"
#include "wire/header.hpp"

namespace mcast::detail {

using protocol::Receiver;
using protocol::SentDatagram;

void ReliableSender::on_nak(Instant now, PeerId peer, const wire::Nak& nak) {
    Receiver* receiver = receivers_.find(peer);
    const protocol::Peer* from = peers_.find(peer);
    if (receiver == nullptr || from == nullptr) return;
    ++stats_.naks;
    const std::optional<Target> target = unicast_target(*from, membership_);
    const std::uint32_t datagram_max = target ? target->datagram_max : UINT32_MAX;
    std::uint64_t lost_before = 0;
    bool beyond = false;  // asks for what was never sent: somebody told it so
    for (const wire::SequenceRange& range : nak.missing) {
        lost_before = std::max(lost_before, queue_repairs(now, *receiver, range, datagram_max));
        beyond = beyond || range.last() >= history_.next();
    }
    if ((lost_before > 0 || beyond) && nak.token != 0)
        answer(*from, *receiver, nak.token, false, std::max(lost_before, history_.oldest()));
}

std::uint64_t ReliableSender::queue_repairs(Instant now, const Receiver& receiver,
                                            const wire::SequenceRange& range,
                                            std::uint32_t datagram_max) {
    // Alone, nobody else can ask for the same a moment later.
    const bool alone = receivers_.size() < 2;
    const Duration delay = alone ? Duration::zero() : receivers_.round_trip_max() / 4;
    const Duration quiet = receiver.round_trip.smoothed() * 3 / 4;
    const bool everybody = receivers_.size() > protocol::kSmallGroup;
    const std::uint32_t requester =
        everybody ? protocol::RepairQueue::kSeveral : receivers_.index(receiver);
    const std::uint64_t end = std::min(range.first + range.count, history_.next());
    std::uint64_t lost_before = 0;
    if (range.first < history_.oldest()) {
        lost_before = std::min(end, history_.oldest());
        stats_.not_held += lost_before - range.first;
    }
    for (std::uint64_t s = std::max(range.first, history_.oldest()); s < end; ++s) {
        SentDatagram& datagram = *history_.find(s);
        if (datagram.buffer.size() <= datagram_max) {
            repairs_.on_request(now, s, datagram, requester, delay, quiet);
            continue;
        }
        // It was built for a larger MTU than the receiver is behind now.
        ++stats_.not_held;
        lost_before = s + 1;
    }
    return lost_before;
}

void ReliableSender::send_repairs(Instant now, std::span<const Target> targets) {
    while (repairs_.deadline() <= now && budget_.take(now, pace_.measured())) {
        const std::uint64_t sequence = repairs_.pop_due(now);
        SentDatagram* datagram = history_.find(sequence);
        if (datagram == nullptr) continue;  // its receivers have got on without it since
        datagram->queued = false;
        datagram->repaired_at = now;
        send_repair(*datagram, targets);
    }
}

void ReliableSender::send_repair(SentDatagram& datagram, std::span<const Target> targets) {
    wire::add_flags(datagram.buffer.data(), wire::kFlagRepair);
    if (datagram.requester < receivers_.size()) {
        const Receiver& receiver = receivers_.all()[datagram.requester];
        const protocol::Peer* peer = peers_.find(receiver.peer);
        const std::optional<Target> target =
            peer == nullptr ? std::nullopt : unicast_target(*peer, membership_);
        if (target && datagram.buffer.size() <= target->datagram_max &&
            outbound_.push(datagram.buffer, *target))
            ++stats_.repairs;
        return;
    }
    for (const Target& target : targets)
        if (datagram.buffer.size() <= target.datagram_max &&
            outbound_.push(datagram.buffer, target))
            ++stats_.repairs;
}

}  // namespace mcast::detail
