#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/flat_map.hpp"
#include "node/subscriber_core.hpp"
#include "protocol/peer_table.hpp"
#include "protocol/reassembler.hpp"
#include "protocol/receive_stream.hpp"
#include "wire/header.hpp"

namespace mcast::detail {

// Subscribers of one topic in one node; more are refused.
inline constexpr std::size_t kSubscribersPerTopicMax = 4;

// Data on its way from the transport to the subscribers: finds the stream, checks its order, puts
// large messages together, queues.
class Inbound {
public:
    explicit Inbound(Context& context);

    // A datagram of kind Data or Fragment from `peer`. Takes its buffer if subscribers want it.
    void on_data(Instant now, const wire::ParsedHeader& parsed, Datagram& datagram,
                 const protocol::Peer& peer);
    // How many receive buffers are left, once a batch: with few, nothing more is queued, so that
    // announcements still arrive.
    void on_batch(std::size_t buffers_free) { buffers_free_ = buffers_free; }

    // A subscriber comes or goes. False: the topic has kSubscribersPerTopicMax already.
    bool add(SubscriberCore& subscriber);
    void remove(SubscriberCore& subscriber);
    void on_peer_down(PeerId peer);

    [[nodiscard]] Instant deadline() const { return reassembler_.deadline(); }
    void on_deadline(Instant now);

private:
    struct StreamKey {
        PeerId peer;
        std::uint64_t topic = 0;
        friend bool operator==(const StreamKey&, const StreamKey&) = default;
    };
    struct StreamKeyHash {
        std::uint64_t operator()(const StreamKey& key) const {
            return split_mix(key.peer.value ^ split_mix(key.topic));
        }
    };
    struct Stream {
        StreamKey key;
        bool used = false;
        protocol::ReceiveStream order;
        std::array<SubscriberCore*, kSubscribersPerTopicMax> subscribers{};
        std::size_t subscriber_count = 0;
    };
    [[nodiscard]] Stream* find_stream(const StreamKey& key);
    Stream* begin_stream(const StreamKey& key);
    void end_stream(Stream& stream);
    void attach_subscribers(Stream& stream);
    bool on_arrival(Instant now, Stream& stream, const wire::Header& header,
                    const protocol::Peer& peer);
    void on_fragment(Instant now, Stream& stream, const wire::ParsedHeader& parsed,
                     const Datagram& datagram);
    void deliver(Stream& stream, QueuedDatagram&& queued);
    void drop(const Stream& stream, DropCause cause, std::uint64_t count = 1);
    void report_gap(Instant now, const Stream& stream, const protocol::Arrival& arrival,
                    const protocol::Peer& peer);
    [[nodiscard]] std::uint32_t index(const Stream& stream) const;

    Context& context_;
    std::vector<SubscriberCore*> subscribers_;
    std::vector<Stream> streams_;
    std::vector<std::uint32_t> free_;
    FlatMap<StreamKey, std::uint32_t, StreamKeyHash> index_;
    Stream* last_ = nullptr;  // runs of datagrams of one stream are the rule
    protocol::Reassembler reassembler_;
    std::size_t buffer_reserve_;
    std::size_t buffers_free_ = 0;
};

}  // namespace mcast::detail
