#include "protocol/send_history.hpp"

#include <algorithm>
#include <bit>

namespace mcast::protocol {

SendHistory::SendHistory(std::size_t capacity, std::uint64_t first)
    : slots_(std::bit_ceil(std::max<std::size_t>(capacity, 2))),
      mask_(slots_.size() - 1),
      oldest_(first),
      next_(first) {}

void SendHistory::push(const Buffer& buffer, std::uint16_t messages, bool begins) {
    if (size() == slots_.size()) release_below(oldest_ + 1);
    SentDatagram& slot = slots_[static_cast<std::size_t>(next_) & mask_];
    slot.buffer = buffer;
    slot.messages = messages;
    slot.begins = begins;
    slot.queued = false;
    slot.requester = 0;
    slot.repaired_at = {};
    ++next_;
}

void SendHistory::release_below(std::uint64_t sequence) {
    const std::uint64_t end = std::min(sequence, next_);
    if (end <= oldest_) return;
    // The newest first: a pool lends out first what it got back last, so that the next datagrams
    // lie behind one another as these did.
    for (std::uint64_t released = end; released-- > oldest_;)
        slots_[static_cast<std::size_t>(released) & mask_].buffer.reset();
    oldest_ = end;
}

SentDatagram* SendHistory::find(std::uint64_t sequence) {
    if (sequence < oldest_ || sequence >= next_) return nullptr;
    return &slots_[static_cast<std::size_t>(sequence) & mask_];
}

HistoryStart SendHistory::last(std::uint32_t messages) const {
    HistoryStart start{next_, 0};
    std::uint64_t count = 0;
    bool begun = true;  // not in the middle of a large message
    for (std::uint64_t sequence = next_; sequence > oldest_ && (count < messages || !begun);) {
        const SentDatagram& datagram = at(--sequence);
        count += datagram.messages;
        begun = datagram.begins;
        if (begun) start.sequence = sequence;
    }
    if (count > messages && start.sequence < next_) {
        // Only a datagram of whole messages has more of them than are wanted.
        const std::uint64_t surplus = count - messages;
        if (surplus < at(start.sequence).messages) start.skip = static_cast<std::uint16_t>(surplus);
    }
    return start;
}

}  // namespace mcast::protocol
