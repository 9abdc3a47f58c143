#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "wire/header.hpp"
#include "wire/parity.hpp"

// Parity protects blocks of consecutive datagrams of a stream. A datagram enters its block as its
// size in two bytes, then its bytes without flags, hops, receiver and sent_at, which are written as
// it leaves or change on its way, then zeros up to the longest datagram of the block.
namespace mcast::parity {

// How the string of a datagram begins: its size and its header. The other bytes are as they are.
using Head = std::array<std::byte, wire::kParitySizeBytes + wire::kHeaderSize>;

// Of a datagram of at least a header and at most 65535 bytes.
[[nodiscard]] inline Head head_of(std::span<const std::byte> datagram) {
    Head head;
    wire::layout::store(head.data(), 0, static_cast<std::uint16_t>(datagram.size()));
    std::byte* const header = head.data() + wire::kParitySizeBytes;
    std::memcpy(header, datagram.data(), wire::kHeaderSize);
    wire::set_flags(header, 0);
    wire::set_hops(header, 0);
    wire::set_receiver(header, 0);
    wire::set_sent_at(header, WallTime{});
    return head;
}

// What has come of a block: views into what the receiver holds.
struct Block {
    std::uint64_t first = 0;  // sequence
    std::uint8_t count = 0;   // datagrams of the block
    std::uint8_t piece_count = 0;
    // By place, `count` of them; empty where the datagram is missing.
    std::array<std::span<const std::byte>, wire::kParityBlockMax> datagrams{};
    // `piece_count` of them, in any order, each index once.
    std::array<wire::Parity, wire::kParityPiecesMax> pieces{};
};

}  // namespace mcast::parity
