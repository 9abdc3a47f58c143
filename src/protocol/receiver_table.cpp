#include "protocol/receiver_table.hpp"

#include <algorithm>
#include <utility>

#include "protocol/limits.hpp"

namespace mcast::protocol {

namespace {

bool waited_for(const Receiver& receiver) {
    return receiver.live && !receiver.lagging;
}

}  // namespace

ReceiverTable::ReceiverTable(std::size_t receivers_max) : index_(receivers_max) {
    receivers_.reserve(receivers_max);
}

Receiver* ReceiverTable::find(PeerId peer) {
    const std::uint32_t* const found = index_.find(peer);
    return found == nullptr ? nullptr : &receivers_[*found];
}

Receiver* ReceiverTable::add(PeerId peer, std::uint64_t begin, std::uint16_t skip) {
    if (index_.full()) return nullptr;
    index_.insert(peer, static_cast<std::uint32_t>(receivers_.size()));
    Receiver& receiver = receivers_.emplace_back();
    receiver.peer = peer;
    receiver.begin = receiver.next = begin;
    receiver.skip = skip;
    receiver.limit = begin + kWindowAssumed;
    return &receiver;
}

void ReceiverTable::sweep() {
    for (std::size_t i = receivers_.size(); i-- > 0;) {
        if (std::exchange(receivers_[i].wanted, false)) continue;
        index_.erase(receivers_[i].peer);
        if (i + 1 < receivers_.size()) {
            receivers_[i] = receivers_.back();
            *index_.find(receivers_[i].peer) = static_cast<std::uint32_t>(i);
        }
        receivers_.pop_back();
    }
}

bool ReceiverTable::on_report(Receiver& receiver, const Report& report, std::uint64_t sent_next) {
    receiver.next = std::max(receiver.next, std::min(report.next, sent_next));
    // The limit never goes back either: what was allowed may be under way.
    receiver.limit = std::max(receiver.limit, report.limit);
    receiver.missed = std::max(receiver.missed, report.missed);
    receiver.lost = std::max(receiver.lost, report.lost);
    receiver.round_trip.on_sample(report.round_trip);
    const bool overrun = receiver.reported && report.overruns > receiver.overruns;
    receiver.reported = true;
    receiver.overruns = std::max(receiver.overruns, report.overruns);
    return overrun && waited_for(receiver);
}

Receiver* ReceiverTable::slowest(bool by_limit) {
    Receiver* slowest = nullptr;
    const auto standing = [by_limit](const Receiver& r) { return by_limit ? r.limit : r.next; };
    for (Receiver& receiver : receivers_) {
        if (!waited_for(receiver)) continue;
        if (slowest == nullptr || standing(receiver) < standing(*slowest)) slowest = &receiver;
    }
    return slowest;
}

std::uint64_t ReceiverTable::acknowledged_next(std::uint64_t sent_next) const {
    std::uint64_t next = sent_next;
    for (const Receiver& receiver : receivers_)
        if (waited_for(receiver)) next = std::min(next, receiver.next);
    return next;
}

Duration ReceiverTable::round_trip_max() const {
    Duration longest{};
    for (const Receiver& receiver : receivers_)
        longest = std::max(longest, receiver.round_trip.smoothed());
    return longest;
}

}  // namespace mcast::protocol
