#pragma once

#include "mcast/time.hpp"
#include "mcast/transport.hpp"
#include "protocol/peer.hpp"
#include "wire/header.hpp"

namespace mcast::detail {

// What makes a relay of a node: it is shown what others in the domain send, and may pass it on.
// Called on the node's thread; one call for each datagram.
class Carrier {
public:
    Carrier() = default;
    Carrier(const Carrier&) = delete;
    Carrier& operator=(const Carrier&) = delete;
    virtual ~Carrier() = default;

    // Of a control kind, before the node looks at it. True: it was not for the node.
    virtual bool on_control(Instant now, const wire::ParsedHeader& parsed, Datagram& datagram) = 0;
    // The node has taken in this announcement.
    virtual void on_announced(Instant now, const wire::ParsedHeader& parsed,
                              Datagram& datagram) = 0;
    // Of a stream, from a known peer. A relay follows no stream itself.
    virtual void on_stream(Instant now, const wire::ParsedHeader& parsed, Datagram& datagram,
                           const protocol::Peer& peer) = 0;
    // Once a poll(), before what waits is sent.
    virtual void on_turn(Instant now) = 0;
    [[nodiscard]] virtual Instant deadline() const = 0;
};

}  // namespace mcast::detail
