#pragma once

#include <cstdint>
#include <vector>

#include "mcast/buffer.hpp"
#include "node/outbound.hpp"
#include "node/targets.hpp"
#include "protocol/peer_table.hpp"

namespace mcast::detail {

// The newest datagram of a Latest topic, for peers that subscribe later: each gets it by unicast,
// some times, since nobody asks again for one that was lost.
class LastValue {
public:
    LastValue(Context& context, Outbound& outbound, const protocol::PeerTable& peers,
              const Membership& membership, std::uint64_t topic_id);

    // It was sent to all that listen now.
    void on_sent(const Buffer& datagram);
    // Peers, their topics or their ways have changed: looks for new ones.
    void refresh(Instant now);
    void on_turn(Instant now);
    [[nodiscard]] Instant deadline() const;

private:
    struct Listener {
        PeerId peer;
        unsigned sent = 0;  // copies of the newest datagram
        Instant due = kNever;
        bool present = false;
    };
    void send(const Listener& listener);

    Outbound& outbound_;
    const protocol::PeerTable& peers_;
    const Membership& membership_;
    std::uint64_t topic_id_;
    Buffer last_;
    std::vector<Listener> listeners_;  // capacity taken at construction
};

}  // namespace mcast::detail
