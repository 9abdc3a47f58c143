#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "wire/blob.hpp"
#include "wire/header.hpp"

namespace mcast::wire {

inline constexpr std::size_t kParityBlockMax = 64;   // datagrams that one block protects
inline constexpr std::size_t kParityPiecesMax = 16;  // pieces of parity of one block
// A piece begins with what the sizes of the datagrams gave; their bytes follow.
inline constexpr std::size_t kParitySizeBytes = 2;
// The smallest and the largest piece: of nothing but headers, of the largest UDP datagram.
inline constexpr std::size_t kParityDataMin = kParitySizeBytes + kHeaderSize;
inline constexpr std::size_t kParityDataMax = kParitySizeBytes + 65535;
// Where the data begins in a parity datagram as we write it.
inline constexpr std::size_t kParityDataAt = kHeaderSize + kBlobOverhead;
// How much larger a parity datagram is than the longest datagram of its block, where these are
// whole words, as all that we write are: datagrams of a stream with parity leave so much room.
inline constexpr std::size_t kParityOverhead = kParityDataAt + 8;

// Bytes of the framed message with a piece of `data_size` bytes: whole words.
[[nodiscard]] constexpr std::size_t parity_size(std::size_t data_size) {
    return kBlobOverhead + (data_size + 7) / 8 * 8;
}

// One piece of parity: the struct of schemas/wire.capnp. The sequence of its header is that of the
// block's first datagram.
struct Parity {
    std::uint8_t count = 0;         // datagrams of the block: 1 to kParityBlockMax
    std::uint8_t index = 0;         // which piece: below parity_count
    std::uint8_t parity_count = 0;  // 1 to kParityPiecesMax
    std::span<const std::byte> data;
};

// Writes a framed message at the start of `room` and returns its size, parity_size(); 0 if it does
// not fit or is not one that parse_parity() accepts.
[[nodiscard]] std::size_t write_parity(std::span<std::byte> room, const Parity& parity);

// Reads the message behind a header of kind Parity; nothing if it is malformed: not a Parity in one
// segment, or a field beyond the limits above. Accepts a longer struct. Any alignment. The data
// lies within `frame`.
[[nodiscard]] std::optional<Parity> parse_parity(std::span<const std::byte> frame);

}  // namespace mcast::wire
