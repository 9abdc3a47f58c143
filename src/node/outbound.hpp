#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "mcast/transport.hpp"
#include "node/context.hpp"
#include "node/targets.hpp"

namespace mcast::detail {

// Datagrams on their way to the transport, sent in batches. What a busy interface does not take
// stays for the next flush() and holds up no other interface; beyond the limit the newest are
// refused.
class Outbound {
public:
    explicit Outbound(Context& context);

    // False if there is no room although the interfaces were asked to take what waits.
    // Begins with a header; its time of sending is filled in by flush() if it is 0.
    bool push(Buffer buffer, const Target& target);
    // Hands to the transport what it takes. Order holds among those that go the same way.
    void flush();
    // When flush() has something to do: at once, or when a busy interface may take something.
    [[nodiscard]] Instant deadline() const {
        if (pending_.size() > stuck_) return Instant{};
        return pending_.empty() ? kNever : retry_at_;
    }

    // Datagrams that wait for an interface, at most kPendingMax.
    [[nodiscard]] std::size_t waiting() const { return pending_.size(); }
    // A batch as large as the transports send at once; more may wait while interfaces are busy.
    static constexpr std::size_t kBatch = 128;
    static constexpr std::size_t kPendingMax = 512;

    // A transmit buffer; when all are in flight, after giving the device a chance to finish some.
    [[nodiscard]] Buffer allocate();

private:
    // One look at the clock for all of pending_.
    void stamp();
    // Brings together what goes the same way, for the transport to send as runs.
    void group();
    // Hands over pending_ from `first`; where the transport stops, or the end.
    std::size_t hand_over(std::size_t first);
    // Takes what waits for this interface out of pending_, from `first`.
    void set_aside(std::size_t first, InterfaceIndex interface);

    // How many wait for an interface that is busy.
    struct Busy {
        InterfaceIndex interface;
        std::size_t waiting = 0;
    };
    [[nodiscard]] Busy* find_busy(InterfaceIndex interface);

    Context& context_;
    // Capacity is taken at construction.
    std::vector<Datagram> pending_;
    std::vector<Datagram> grouped_;
    std::vector<Datagram> aside_;  // while flush() goes on with the other interfaces
    std::vector<Busy> busy_;       // at the last flush()
    std::size_t stuck_ = 0;        // of pending_, what these did not take
    Instant retry_at_{};
    bool mixed_ = false;  // not all of pending_ go the same way
};

}  // namespace mcast::detail
