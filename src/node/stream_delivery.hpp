#pragma once

#include <cstddef>
#include <cstdint>

#include "node/stream.hpp"
#include "protocol/peer.hpp"
#include "protocol/reassembler.hpp"
#include "wire/header.hpp"

namespace mcast::detail {

// From a datagram whose turn it is to the queues of its subscribers, large messages put together
// on the way; and from one that does not get there to the counters.
class StreamDelivery {
public:
    StreamDelivery(Context& context, std::vector<Stream>& streams);

    // How many receive buffers are left, once a batch: with few, nothing more is queued, so that
    // announcements still arrive.
    void on_batch(std::size_t buffers_free) { buffers_free_ = buffers_free; }
    [[nodiscard]] bool has_buffers() const { return buffers_free_ >= buffer_reserve_; }
    // For what others wait for that hold buffers. The last ones are for announcements, or a node
    // whose program does not drain would lose its peers.
    [[nodiscard]] bool has_last_buffers() const { return buffers_free_ >= buffer_reserve_ / 2; }

    // The next datagram of a stream, of index `slot`. `skip`: messages at its start that are not
    // wanted.
    void take(Instant now, Stream& stream, std::uint32_t slot, const wire::ParsedHeader& parsed,
              Datagram& datagram, std::uint16_t skip = 0);
    // The same of a reliable stream: false if it has to wait, since a queue is full or there is no
    // memory for a large message.
    bool take_reliable(Instant now, Stream& stream, std::uint32_t slot,
                       const wire::ParsedHeader& parsed, Datagram& datagram, std::uint16_t skip);
    // How many datagrams all Reliable subscribers of a stream take now.
    [[nodiscard]] std::size_t room(const Stream& stream) const;

    // Whether a late datagram completes a large message that waits for it.
    [[nodiscard]] bool wants(std::uint32_t slot, std::uint64_t sequence) const {
        return reassembler_.wants(slot, sequence);
    }
    // Datagrams are missing for good: subscribers are told.
    void report_gap(Instant now, Stream& stream, std::uint64_t first, std::uint64_t last,
                    GapCause cause, const protocol::Peer* peer);
    // Counts what goes no further, for the node and each subscriber.
    void drop(const Stream& stream, DropCause cause, std::uint64_t count = 1);
    // The stream has a gap, or is over: what of a large message lies before is given up.
    void on_passed(Stream& stream, std::uint32_t slot, std::uint64_t sequence);
    void on_end(Stream& stream, std::uint32_t slot);

    [[nodiscard]] Instant deadline() const { return reassembler_.deadline(); }
    void on_deadline(Instant now);

private:
    // False: no memory; only if `keep`.
    bool take_fragment(Instant now, Stream& stream, std::uint32_t slot,
                       const wire::ParsedHeader& parsed, const Datagram& datagram, bool keep);
    void hand_over(Stream& stream, QueuedDatagram&& queued);
    // A queue was full, or a newer one overtook it.
    void on_pushed_out(const SubscriberCore& subscriber, const SubscriberCore::PushedOut& out);
    // Fragments that were taken in and will not become a message.
    void abandon(Stream& stream, std::uint32_t fragments);

    Context& context_;
    std::vector<Stream>& streams_;
    protocol::Reassembler reassembler_;
    std::size_t buffer_reserve_;
    std::size_t buffers_free_ = 0;
};

}  // namespace mcast::detail
