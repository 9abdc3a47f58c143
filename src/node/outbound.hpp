#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "mcast/transport.hpp"
#include "node/context.hpp"

namespace mcast::detail {

// Datagrams on their way to the transport, sent in batches. What a busy device does not take
// stays for the next flush(); beyond the limit the newest are refused.
class Outbound {
public:
    explicit Outbound(Context& context);

    // False if there is no room although the device was asked to take what waits.
    bool push(Datagram datagram);
    // Hands to the transport what it takes.
    void flush();
    [[nodiscard]] bool empty() const { return pending_.empty(); }

    // A transmit buffer; when all are in flight, after giving the device a chance to finish some.
    [[nodiscard]] Buffer allocate();

private:
    Context& context_;
    std::vector<Datagram> pending_;  // capacity taken at construction
};

}  // namespace mcast::detail
