#pragma once

#include <cstdint>

#include "base/ring.hpp"
#include "protocol/send_history.hpp"

namespace mcast::protocol {

// Datagrams of a SendHistory that receivers have asked for, each once however many did, until it is
// time to send them: requests that come close together are answered together.
class RepairQueue {
public:
    // `requester` of a datagram that more than one receiver misses.
    static constexpr std::uint32_t kSeveral = UINT32_MAX;

    explicit RepairQueue(std::size_t capacity) : queue_(capacity) {}

    // A receiver misses a datagram. One that was repaired less than `quiet` ago is on its way.
    // False if it is not queued: on its way, or no room (it will be asked for again).
    bool on_request(Instant now, std::uint64_t sequence, SentDatagram& datagram,
                    std::uint32_t requester, Duration delay, Duration quiet);

    [[nodiscard]] bool empty() const { return queue_.empty(); }
    // When the first one is due; kNever: none is queued.
    [[nodiscard]] Instant deadline() const { return queue_.empty() ? kNever : queue_.front().due; }
    // The sequence of the first one, if it is due; 0: none is.
    [[nodiscard]] std::uint64_t pop_due(Instant now);

private:
    struct Entry {
        std::uint64_t sequence = 0;
        Instant due{};
    };
    Ring<Entry> queue_;
};

}  // namespace mcast::protocol
