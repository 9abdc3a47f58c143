#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "mcast/transport.hpp"
#include "node/context.hpp"
#include "node/targets.hpp"

namespace mcast::detail {

// Datagrams on their way to the transport, sent in batches. What a busy device does not take
// stays for the next flush(); beyond the limit the newest are refused.
class Outbound {
public:
    explicit Outbound(Context& context);

    // False if there is no room although the device was asked to take what waits.
    // Begins with a header; its time of sending is filled in by flush() if it is 0.
    bool push(Buffer buffer, const Target& target);
    // Hands to the transport what it takes. Order holds among those that go the same way.
    void flush();
    [[nodiscard]] bool empty() const { return pending_.empty(); }

    // A transmit buffer; when all are in flight, after giving the device a chance to finish some.
    [[nodiscard]] Buffer allocate();

private:
    // One look at the clock for all of pending_.
    void stamp();
    // Brings together what goes the same way, for the transport to send as runs.
    void group();

    Context& context_;
    // Capacity is taken at construction.
    std::vector<Datagram> pending_;
    std::vector<Datagram> grouped_;
    bool mixed_ = false;  // not all of pending_ go the same way
};

}  // namespace mcast::detail
