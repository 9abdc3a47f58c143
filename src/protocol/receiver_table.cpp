#include "protocol/receiver_table.hpp"

#include <algorithm>

#include "protocol/limits.hpp"

namespace mcast::protocol {

namespace {

bool waited_for(const Receiver& receiver) {
    return receiver.live && !receiver.lagging;
}

}  // namespace

Receiver* ReceiverTable::find(PeerId peer) {
    for (Receiver& receiver : receivers_)
        if (receiver.peer == peer) return &receiver;
    return nullptr;
}

Receiver* ReceiverTable::add(PeerId peer, std::uint64_t begin, std::uint16_t skip) {
    if (receivers_.size() == receivers_.capacity()) return nullptr;
    Receiver& receiver = receivers_.emplace_back();
    receiver.peer = peer;
    receiver.begin = receiver.next = begin;
    receiver.skip = skip;
    receiver.limit = begin + kWindowAssumed;
    return &receiver;
}

void ReceiverTable::sweep() {
    std::erase_if(receivers_, [](const Receiver& receiver) { return !receiver.wanted; });
    for (Receiver& receiver : receivers_)
        receiver.wanted = false;
}

bool ReceiverTable::on_report(Receiver& receiver, const Report& report, std::uint64_t sent_next) {
    receiver.next = std::max(receiver.next, std::min(report.next, sent_next));
    // The limit never goes back either: what was allowed may be under way.
    receiver.limit = std::max(receiver.limit, report.limit);
    receiver.missed = std::max(receiver.missed, report.missed);
    receiver.lost = std::max(receiver.lost, report.lost);
    receiver.round_trip.on_sample(report.round_trip);
    const bool overrun = report.overruns > receiver.overruns;
    receiver.overruns = std::max(receiver.overruns, report.overruns);
    return overrun;
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

std::uint64_t ReceiverTable::needed_from(std::uint64_t sent_next) const {
    std::uint64_t next = sent_next;
    for (const Receiver& receiver : receivers_)
        next = std::min(next, receiver.next);
    return next;
}

Duration ReceiverTable::round_trip_max() const {
    Duration longest{};
    for (const Receiver& receiver : receivers_)
        longest = std::max(longest, receiver.round_trip.smoothed());
    return longest;
}

}  // namespace mcast::protocol
