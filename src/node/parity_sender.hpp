#pragma once

#include <cstdint>
#include <span>

#include "mcast/options.hpp"
#include "mcast/stats.hpp"
#include "node/outbound.hpp"
#include "node/targets.hpp"
#include "parity/encoder.hpp"

namespace mcast::detail {

// Sends the parity of a reliable stream: after each block of datagrams, and of an open block when
// nothing has followed for a while.
class ParitySender {
public:
    ParitySender(Context& context, Outbound& outbound, PublisherStats& stats,
                 std::uint64_t topic_id, Parity plan);

    // A datagram of the stream was sent, as it lies here.
    void on_sent(std::uint64_t sequence, std::span<const std::byte> datagram,
                 std::span<const Target> targets);
    void on_turn(Instant now, std::span<const Target> targets);
    [[nodiscard]] Instant deadline() const { return encoder_.is_empty() ? kNever : flush_at_; }

private:
    void send_pieces(std::span<const Target> targets);

    Context& context_;
    Outbound& outbound_;
    PublisherStats& stats_;
    std::uint64_t topic_id_;
    parity::Encoder encoder_;
    bool grown_ = false;  // since the last turn
    Instant flush_at_ = kNever;
};

}  // namespace mcast::detail
