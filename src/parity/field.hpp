#pragma once

#include <cstddef>
#include <cstdint>

#include "wire/parity.hpp"

// The field of 256 elements, GF(2^8), in which parity is computed: polynomial x^8 + x^4 + x^3 + x^2
// + 1 (0x11d), generator 2. Adding is exclusive or.
namespace mcast::parity {

[[nodiscard]] std::uint8_t multiply(std::uint8_t a, std::uint8_t b);
[[nodiscard]] std::uint8_t inverse(std::uint8_t a);  // of anything but 0

// How often the datagram at `place` of a block is in piece `piece`: the Cauchy matrix of
// 255 - piece and place. Every square part of it can be inverted, so any pieces make up for as many
// datagrams, and it does not depend on how many datagrams the block has.
[[nodiscard]] std::uint8_t coefficient(std::size_t piece, std::size_t place);

// The two sets that a Cauchy matrix is made of have no element in common.
static_assert(wire::kParityBlockMax <= 256 - wire::kParityPiecesMax);

}  // namespace mcast::parity
