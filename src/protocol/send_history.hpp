#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "mcast/buffer.hpp"
#include "mcast/time.hpp"

namespace mcast::protocol {

// A datagram that was sent and is held to be sent again.
struct SentDatagram {
    Buffer buffer;
    std::uint16_t messages = 0;  // that end in it
    bool begins = true;          // not in the middle of a large message
    bool queued = false;         // for repair, see RepairQueue
    std::uint32_t requester = 0;
    Instant repaired_at{};
};

// Where a receiver that comes later begins, so that it gets the last messages.
struct HistoryStart {
    std::uint64_t sequence = 0;
    std::uint16_t skip = 0;  // messages at the start of that datagram which are too many
};

// The last datagrams of a stream, by sequence: the sent buffers themselves, none is copied.
class SendHistory {
public:
    // Sequences start at `first`.
    SendHistory(std::size_t capacity, std::uint64_t first);

    [[nodiscard]] std::size_t capacity() const { return slots_.size(); }
    [[nodiscard]] std::size_t size() const { return static_cast<std::size_t>(next_ - oldest_); }
    [[nodiscard]] std::uint64_t oldest() const { return oldest_; }  // next() if it is empty
    [[nodiscard]] std::uint64_t next() const { return next_; }

    // The datagram next(); the oldest makes room when there is none.
    void push(const Buffer& buffer, std::uint16_t messages, bool begins);
    // Lets go of all before `sequence`.
    void release_below(std::uint64_t sequence);
    // Null if it is not held.
    [[nodiscard]] SentDatagram* find(std::uint64_t sequence);

    // Where the last `messages` messages begin, or fewer if not all are held.
    [[nodiscard]] HistoryStart last(std::uint32_t messages) const;

private:
    [[nodiscard]] const SentDatagram& at(std::uint64_t sequence) const {
        return slots_[static_cast<std::size_t>(sequence) & mask_];
    }

    std::vector<SentDatagram> slots_;  // a power of two
    std::size_t mask_;
    std::uint64_t oldest_;
    std::uint64_t next_;
};

}  // namespace mcast::protocol
