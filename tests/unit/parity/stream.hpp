#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/random.hpp"
#include "parity/block.hpp"
#include "parity/encoder.hpp"
#include "wire/header.hpp"
#include "wire/parity.hpp"

// A stream as its publisher sends it, for tests of parity.
namespace mcast::parity::test {

using Bytes = std::vector<std::byte>;

inline constexpr std::size_t kDatagramMax = 1368;

inline wire::Header stream_header(std::uint64_t sequence = 0) {
    wire::Header header;
    header.kind = wire::DatagramKind::Data;
    header.flags = wire::kFlagReliable;
    header.domain = 7;
    header.origin = PeerId{0x1234};
    header.topic = 0x5678;
    header.sequence = sequence;
    header.sent_at = WallTime(Duration(1'700'000'000'000'000'000));
    return header;
}

// A datagram of `size` bytes, which are random behind its header.
inline Bytes make_datagram(std::uint64_t sequence, std::size_t size, Random& random) {
    Bytes bytes(size);
    wire::Header header = stream_header(sequence);
    header.hops = 1;
    header.sent_at -= Duration(sequence);
    wire::write_header(std::span(bytes).first<wire::kHeaderSize>(), header);
    for (std::size_t i = wire::kHeaderSize; i < size; ++i)
        bytes[i] = static_cast<std::byte>(random.next());
    return bytes;
}

inline std::vector<Bytes> make_datagrams(std::uint64_t first, std::size_t count, Random& random) {
    std::vector<Bytes> datagrams;
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t words = random.next() % ((kDatagramMax - wire::kHeaderSize) / 8 + 1);
        datagrams.push_back(make_datagram(first + i, wire::kHeaderSize + 8 * words, random));
    }
    return datagrams;
}

// What is recovered of a datagram, or arrives when it is sent again.
inline Bytes as_repaired(Bytes datagram, WallTime sent_at = stream_header().sent_at) {
    wire::set_flags(datagram.data(), wire::kFlagReliable | wire::kFlagRepair);
    datagram[wire::layout::kHopsAt] = std::byte{0};
    wire::set_sent_at(datagram.data(), sent_at);
    return datagram;
}

// The messages of all pieces of the encoder's open block.
inline std::vector<Bytes> write_pieces(const Encoder& encoder) {
    std::vector<Bytes> pieces;
    for (std::uint8_t index = 0; index < encoder.piece_count(); ++index) {
        Bytes message(encoder.message_size());
        if (encoder.write(index, message) != message.size()) message.clear();
        pieces.push_back(message);
    }
    return pieces;
}

// … of a block of these datagrams.
inline std::vector<Bytes> encode(std::uint64_t first, std::span<const Bytes> datagrams,
                                 std::uint8_t piece_count) {
    Encoder encoder({static_cast<std::uint8_t>(datagrams.size()), piece_count}, kDatagramMax);
    for (std::size_t i = 0; i < datagrams.size(); ++i)
        static_cast<void>(encoder.on_datagram(first + i, datagrams[i]));
    return write_pieces(encoder);
}

// The block in which everything arrived, to take something away from.
inline Block whole_block(std::uint64_t first, std::span<const Bytes> datagrams,
                         std::span<const Bytes> pieces) {
    Block block;
    block.first = first;
    block.count = static_cast<std::uint8_t>(datagrams.size());
    for (std::size_t i = 0; i < datagrams.size(); ++i)
        block.datagrams[i] = datagrams[i];
    for (const Bytes& piece : pieces)
        block.pieces[block.piece_count++] = wire::parse_parity(piece).value();
    return block;
}

}  // namespace mcast::parity::test
