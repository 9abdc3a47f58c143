#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "parity/block.hpp"
#include "parity/combiner.hpp"

namespace mcast::parity {

struct Recovered {
    std::uint64_t sequence = 0;
    // The whole datagram, 8-byte aligned; its flags say reliable and repair, hops are 0.
    std::span<const std::byte> datagram;
};

struct Decoded {
    // All that were missing; none if nothing was, if there are too few pieces, or if it is refused.
    std::span<const Recovered> datagrams;
    // Why the block contradicts itself or is not of the stream: a sentence; empty if it is sound.
    std::string_view refusal;
};

// Computes the missing datagrams of blocks, of any stream. What it takes is from the network and
// may be anything; all memory is taken at construction.
class Decoder {
public:
    // `datagram_max`: bytes of the longest datagram; blocks with a longer one are refused.
    explicit Decoder(std::size_t datagram_max);

    // `stream`: the header of a datagram of the stream, best of a piece. What is recovered is of
    // its domain, origin and topic, has the sequence of its place, and is given its sent_at. The
    // result is valid until the next call.
    [[nodiscard]] Decoded decode(const Block& block, const wire::Header& stream);

private:
    [[nodiscard]] std::string_view find_places(const Block& block);
    void sum_up(const Block& block);
    void solve();
    [[nodiscard]] std::string_view accept(const Block& block, const wire::Header& stream);

    std::size_t slot_;  // bytes between two strings
    std::size_t size_ = 0;
    std::vector<std::uint8_t> missing_;  // places
    std::vector<std::uint8_t> pieces_;   // indices of as many pieces
    std::vector<std::uint8_t> coefficients_;
    std::vector<Recovered> recovered_;
    Combiner combiner_;
    std::vector<std::byte> sums_;     // what is left of each piece without what is here
    std::vector<std::byte> strings_;  // of the missing datagrams
};

}  // namespace mcast::parity
