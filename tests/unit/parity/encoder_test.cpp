#include "parity/encoder.hpp"

#include <gtest/gtest.h>

#include <tuple>

#include "parity/field.hpp"
#include "stream.hpp"
#include "tests/support/allocation_count.hpp"
#include "tests/support/reference_parity.hpp"

namespace mcast::parity::test {
namespace {

using mcast::test::reference_inverse;
using mcast::test::reference_multiply;
using mcast::test::reference_piece;

Bytes data_of(const Bytes& message) {
    const auto data = wire::parse_parity(message).value().data;
    return {data.begin(), data.end()};
}

TEST(Field, IsThatOfItsPolynomial) {
    for (unsigned a = 0; a < 256; ++a)
        for (unsigned b = 0; b < 256; ++b)
            ASSERT_EQ(
                multiply(static_cast<std::uint8_t>(a), static_cast<std::uint8_t>(b)),
                reference_multiply(static_cast<std::uint8_t>(a), static_cast<std::uint8_t>(b)));
    for (unsigned a = 1; a < 256; ++a)
        ASSERT_EQ(inverse(static_cast<std::uint8_t>(a)),
                  reference_inverse(static_cast<std::uint8_t>(a)));
}

// Every length and every number of sums, also those for which isa-l has other code.
TEST(Combiner, AddsWhatTheFieldSays) {
    Random random(1);
    for (std::size_t rows = 1; rows <= wire::kParityPiecesMax; ++rows) {
        std::vector<std::uint8_t> coefficients;
        for (std::size_t i = 0; i < rows * 3; ++i)
            coefficients.push_back(static_cast<std::uint8_t>(random.next()));
        Combiner combiner(rows, 3);
        combiner.set(coefficients, 3);
        for (std::size_t length = 1; length < 200; ++length) {
            const std::size_t column = random.next() % 3;
            Bytes string(length);
            for (std::byte& byte : string)
                byte = static_cast<std::byte>(random.next());
            // With a byte before and behind that stays as it is.
            std::vector<Bytes> sums(rows, Bytes(length + 2, std::byte{0x5a}));
            std::vector<std::byte*> places;
            for (Bytes& sum : sums)
                places.push_back(sum.data() + 1);
            combiner.add(column, string, places);
            for (std::size_t row = 0; row < rows; ++row) {
                Bytes expected(length + 2, std::byte{0x5a});
                for (std::size_t i = 0; i < length; ++i)
                    expected[i + 1] ^= std::byte{reference_multiply(
                        coefficients[row * 3 + column], static_cast<std::uint8_t>(string[i]))};
                ASSERT_EQ(sums[row], expected) << rows << " sums of " << length << " bytes";
            }
        }
    }
}

TEST(Combiner, SaysHowItComputes) {
    EXPECT_EQ(Combiner::kind(), MCAST_COMBINER);
}

TEST(Encoder, PiecesAreThoseOfTheReference) {
    Random random(2);
    for (const auto& [count, piece_count] : {std::tuple{1, 1}, {2, 3}, {5, 2}, {16, 4}, {64, 16}}) {
        const auto datagrams = make_datagrams(100, static_cast<std::size_t>(count), random);
        const auto pieces = encode(100, datagrams, static_cast<std::uint8_t>(piece_count));
        ASSERT_EQ(pieces.size(), static_cast<std::size_t>(piece_count));
        for (unsigned index = 0; index < pieces.size(); ++index) {
            const auto piece = wire::parse_parity(pieces[index]);
            ASSERT_TRUE(piece);
            EXPECT_EQ(piece->count, count);
            EXPECT_EQ(piece->index, index);
            EXPECT_EQ(piece->parity_count, piece_count);
            EXPECT_EQ(data_of(pieces[index]), reference_piece(datagrams, index));
        }
    }
}

TEST(Encoder, WhatIsWrittenAsADatagramLeavesIsNotProtected) {
    Random random(3);
    std::vector<Bytes> datagrams = make_datagrams(1, 4, random);
    const auto pieces = encode(1, datagrams, 2);
    for (Bytes& datagram : datagrams)
        datagram = as_repaired(datagram, WallTime(Duration(random.next() >> 1)));
    EXPECT_EQ(encode(1, datagrams, 2), pieces);
}

TEST(Encoder, BlockEndsWhenItIsFullOrTheSenderGoesQuiet) {
    Random random(4);
    const auto datagrams = make_datagrams(1, 11, random);
    Encoder encoder({4, 2}, kDatagramMax);
    EXPECT_TRUE(encoder.is_empty());
    std::size_t blocks = 0;
    for (std::uint64_t sequence = 1; sequence <= 11; ++sequence) {
        const bool full = encoder.on_datagram(sequence, datagrams[sequence - 1]);
        EXPECT_EQ(full, sequence == 4 || sequence == 8);
        if (!full && sequence != 11) continue;
        // The same as if there had been no block before.
        EXPECT_EQ(encoder.first(), 1 + 4 * blocks);
        EXPECT_EQ(encoder.count(), sequence == 11 ? 3 : 4);
        const auto part = std::span(datagrams).subspan(4 * blocks, encoder.count());
        const auto pieces = write_pieces(encoder);
        for (unsigned index = 0; index < 2; ++index)
            EXPECT_EQ(data_of(pieces[index]), reference_piece(part, index)) << "block " << blocks;
        encoder.clear();
        EXPECT_TRUE(encoder.is_empty());
        ++blocks;
    }
    EXPECT_EQ(blocks, 3u);
}

TEST(Encoder, PiecesFitWhereDatagramsLeaveRoom) {
    Random random(5);
    // 1472 bytes are an Ethernet frame's.
    constexpr std::size_t kMax = 1472 - wire::kParityOverhead;
    EXPECT_EQ(kMax, 1368u);
    for (std::size_t size = wire::kHeaderSize; size <= kMax; size += 8) {
        Encoder encoder({2, 1}, kMax);
        static_cast<void>(encoder.on_datagram(1, make_datagram(1, size, random)));
        static_cast<void>(encoder.on_datagram(2, make_datagram(2, wire::kHeaderSize, random)));
        ASSERT_EQ(wire::kHeaderSize + encoder.message_size(), size + wire::kParityOverhead);
        Bytes room(encoder.message_size());
        ASSERT_EQ(encoder.write(0, std::span(room).first(room.size() - 1)), 0u);
        ASSERT_EQ(encoder.write(0, room), room.size());
    }
}

// Datagrams of others need not be of whole words.
TEST(Encoder, TakesDatagramsOfAnySize) {
    Random random(7);
    for (std::size_t size = wire::kHeaderSize; size < wire::kHeaderSize + 40; ++size) {
        const std::vector<Bytes> datagrams{make_datagram(1, size, random)};
        const auto pieces = encode(1, datagrams, 1);
        ASSERT_EQ(pieces[0].size() % 8, 0u);
        ASSERT_EQ(data_of(pieces[0]), reference_piece(datagrams, 0));
    }
}

TEST(Encoder, TakesNoMemoryOnceItIsMade) {
    Random random(6);
    const auto datagrams = make_datagrams(1, 64, random);
    Encoder encoder({16, 4}, kDatagramMax);
    Bytes room(1500);
    std::size_t written = 0;
    const mcast::test::AllocationCount allocations;
    for (std::size_t i = 0; i < datagrams.size(); ++i) {
        if (!encoder.on_datagram(i + 1, datagrams[i])) continue;
        for (std::uint8_t index = 0; index < 4; ++index)
            written += encoder.write(index, room) > 0 ? 1 : 0;
        encoder.clear();
    }
    EXPECT_EQ(allocations.since(), 0u);
    EXPECT_EQ(written, 16u);
}

}  // namespace
}  // namespace mcast::parity::test
