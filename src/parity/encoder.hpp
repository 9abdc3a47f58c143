#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "mcast/options.hpp"
#include "parity/combiner.hpp"

namespace mcast::parity {

// Makes the parity of one stream as its datagrams are sent; keeps none of them.
//
//   empty ──datagram──► open ──the last datagram, or quiet──► write() each piece, clear() ──► empty
//
// A block may end early, when the sender goes quiet, so that the tail of the stream is protected as
// well; its pieces are then as many as those of a full one.
class Encoder {
public:
    // `plan`: as Reliability::parity, within its limits. `datagram_max`: bytes of the longest
    // datagram that on_datagram() will see.
    Encoder(Parity plan, std::size_t datagram_max);

    // The next datagram of the stream, as it is sent but for flags, hops and sent_at: header
    // included, of at most datagram_max bytes. Within a block `sequence` follows the one before.
    // Whether the block is full now, and its pieces are to be sent before the next datagram.
    bool on_datagram(std::uint64_t sequence, std::span<const std::byte> datagram);

    [[nodiscard]] bool is_empty() const { return count_ == 0; }
    [[nodiscard]] std::uint64_t first() const { return first_; }  // sequence of the open block
    [[nodiscard]] std::uint8_t count() const { return count_; }   // its datagrams so far
    [[nodiscard]] std::uint8_t piece_count() const { return plan_.parity; }

    // Bytes of the message of each piece of the open block; beside it a parity datagram has a
    // header of kind Parity, with the topic, sequence first() and one message: in all
    // wire::kParityOverhead bytes more than the longest datagram of the block.
    [[nodiscard]] std::size_t message_size() const;
    // Writes the message of piece `index` of the open block at the start of `room` and returns its
    // size; 0 if it does not fit. There is no block of 0 datagrams.
    [[nodiscard]] std::size_t write(std::uint8_t index, std::span<std::byte> room) const;

    // Begins the next block.
    void clear();

private:
    [[nodiscard]] std::byte* piece(std::size_t index);

    Parity plan_;
    std::size_t piece_max_;
    std::uint64_t first_ = 0;
    std::uint8_t count_ = 0;
    std::size_t size_ = 0;  // of the pieces of the open block
    Combiner combiner_;
    std::vector<std::byte> pieces_;  // beyond size_ zero
};

}  // namespace mcast::parity
