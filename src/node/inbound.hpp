#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/flat_map.hpp"
#include "node/reliable_receiver.hpp"
#include "node/stream.hpp"
#include "node/stream_delivery.hpp"
#include "node/stream_requester.hpp"
#include "protocol/peer_table.hpp"
#include "wire/header.hpp"

namespace mcast::detail {

// Data on its way from the transport to the subscribers: finds the stream and checks its order, or
// leaves that to ReliableReceiver.
class Inbound {
public:
    Inbound(Context& context, Outbound& outbound, const Membership& membership,
            const protocol::PeerTable& peers);

    // A datagram of kind Data or Fragment from `peer`. Takes its buffer if subscribers want it.
    void on_data(Instant now, const wire::ParsedHeader& parsed, Datagram& datagram,
                 const protocol::Peer& peer);
    // A piece of parity of a reliable stream.
    void on_parity(Instant now, const wire::ParsedHeader& parsed, const Datagram& datagram);
    // Of a reliable stream, from its publisher `peer`.
    void on_heartbeat(Instant now, PeerId peer, const wire::Heartbeat& heartbeat);
    // A NAK of another receiver, to a publisher that is not this node.
    void on_overheard(Instant now, const wire::Nak& nak);
    // How many receive buffers are left, once a batch.
    void on_batch(std::size_t buffers_free) { delivery_.on_batch(buffers_free); }

    // A subscriber comes or goes. False: the topic has kSubscribersPerTopicMax already.
    bool add(SubscriberCore& subscriber);
    void remove(SubscriberCore& subscriber);
    void on_peer_down(PeerId peer);

    // Reliable streams do what is due: after each batch of datagrams, and when time has come.
    void on_turn(Instant now) { reliable_.on_turn(now); }
    [[nodiscard]] Instant deadline() const;
    void on_deadline(Instant now) { delivery_.on_deadline(now); }

    [[nodiscard]] std::vector<StreamInfo> streams() const;

private:
    [[nodiscard]] Stream* find_stream(Instant now, const StreamKey& key, bool reliable);
    Stream* begin_stream(Instant now, const StreamKey& key, bool reliable);
    void end_stream(Instant now, Stream& stream, GapCause cause);
    void attach_subscribers(Stream& stream);
    [[nodiscard]] bool wants_reliable(std::uint64_t topic) const;
    bool on_arrival(Instant now, Stream& stream, const wire::Header& header,
                    const protocol::Peer& peer);
    // Whether it is still of use.
    bool on_late(Stream& stream, const wire::Header& header, bool was_missing);
    void on_gap(Instant now, Stream& stream, const protocol::Arrival& arrival,
                const protocol::Peer& peer);
    [[nodiscard]] StreamInfo describe(const Stream& stream) const;
    [[nodiscard]] std::uint32_t index(const Stream& stream) const;

    Context& context_;
    std::vector<SubscriberCore*> subscribers_;
    std::vector<Stream> streams_;
    std::vector<std::uint32_t> free_;
    FlatMap<StreamKey, std::uint32_t, StreamKeyHash> index_;
    Stream* last_ = nullptr;  // runs of datagrams of one stream are the rule
    StreamDelivery delivery_;
    StreamRequester requester_;
    ReliableReceiver reliable_;
    std::uint64_t kernel_dropped_ = 0;  // when a gap was last looked into
};

}  // namespace mcast::detail
