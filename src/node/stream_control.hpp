#pragma once

#include "node/inbound.hpp"
#include "node/topics.hpp"
#include "protocol/peer_table.hpp"
#include "wire/stream_control.hpp"

namespace mcast::detail {

// What publishers and receivers of reliable streams tell each other, on its way in: read, checked,
// and handed to the publisher or the stream that it is about.
class StreamControl {
public:
    StreamControl(Context& context, Topics& topics, Inbound& inbound)
        : context_(context), topics_(topics), inbound_(inbound) {}

    // A datagram of kind Heartbeat, Nak or ReceiverReport from `peer`.
    void on_datagram(Instant now, const wire::ParsedHeader& parsed, const Datagram& datagram,
                     const protocol::Peer& peer);

private:
    void on_heartbeat(Instant now, std::span<const std::byte> frame, const protocol::Peer& peer);
    void on_nak(Instant now, std::span<const std::byte> frame, const protocol::Peer& peer);
    void on_report(Instant now, std::span<const std::byte> frame, const protocol::Peer& peer);
    Context& context_;
    Topics& topics_;
    Inbound& inbound_;
    wire::RangeRoom range_room_{};
};

}  // namespace mcast::detail
