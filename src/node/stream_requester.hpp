#pragma once

#include <cstdint>
#include <span>

#include "node/control_sender.hpp"
#include "node/membership.hpp"
#include "protocol/peer_table.hpp"
#include "wire/stream_control.hpp"

namespace mcast::detail {

// The voice of a receiver of reliable streams: sends its requests and reports to their publishers.
class StreamRequester {
public:
    StreamRequester(Context& context, Outbound& outbound, const Membership& membership,
                    const protocol::PeerTable& peers);

    [[nodiscard]] const protocol::Peer* find(PeerId peer) const { return peers_.find(peer); }
    // Datagrams that the kernel or device dropped on this host, all interfaces together.
    [[nodiscard]] std::uint64_t overruns() const;

    // By unicast. False if there is no way to the publisher, or no transmit buffer.
    bool report(const wire::ReceiverReport& report);
    // By unicast; with `topic` also to all who follow it, so that they need not ask for the same.
    bool ask(const wire::Nak& nak, std::string_view topic);

private:
    template <typename Write>
    bool send(PeerId publisher, wire::DatagramKind kind, std::size_t size_max, Write&& write,
              std::string_view topic);

    Context& context_;
    const Membership& membership_;
    const protocol::PeerTable& peers_;
    ControlSender control_;
};

}  // namespace mcast::detail
