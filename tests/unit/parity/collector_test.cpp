#include "parity/collector.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "mcast/buffer_pool.hpp"
#include "parity/decoder.hpp"
#include "stream.hpp"
#include "tests/support/allocation_count.hpp"

namespace mcast::parity::test {
namespace {

constexpr std::uint8_t kData = 8;
constexpr std::uint8_t kPieces = 2;

// A publisher whose blocks are sent one after the other, and a receiver with a collector.
class CollectorTest : public testing::Test {
protected:
    Buffer keep(std::span<const std::byte> bytes) {
        Buffer buffer = pool.allocate();
        buffer.resize(static_cast<std::uint32_t>(bytes.size()));
        std::ranges::copy(bytes, buffer.data());
        return buffer;
    }
    const Bytes& sent(std::uint64_t sequence) {
        while (stream.size() < sequence)
            stream.push_back(
                make_datagram(stream.size() + 1, 64 + 8 * (stream.size() % 5), random));
        return stream[sequence - 1];
    }
    void arrive(std::uint64_t sequence) { collector.on_datagram(sequence, keep(sent(sequence))); }
    void arrive(std::uint64_t first, std::uint64_t last) {
        for (std::uint64_t sequence = first; sequence <= last; ++sequence)
            arrive(sequence);
    }
    // Piece `index` of the block of `count` datagrams from `first`.
    PieceVerdict piece(std::uint64_t first, std::uint8_t index, std::uint8_t count = kData) {
        static_cast<void>(sent(first + count));
        const auto pieces = encode(first, std::span(stream).subspan(first - 1, count), kPieces);
        const Buffer buffer = keep(pieces[index]);
        return collector.on_piece(first, wire::parse_parity(buffer.bytes()).value(), buffer);
    }
    // From the first block nothing can be recovered.
    void get_acquainted() {
        arrive(1, kData);
        ASSERT_EQ(piece(1, 0), PieceVerdict::Useless);
    }
    // What can be recovered now, as a receiver does it.
    std::vector<std::uint64_t> recover() {
        std::vector<std::uint64_t> sequences;
        Block block;
        while (collector.ready(block)) {
            const Decoded decoded = decoder.decode(block, stream_header());
            EXPECT_EQ(decoded.refusal, "");
            collector.close(block.first);
            for (const Recovered& recovered : decoded.datagrams) {
                EXPECT_TRUE(
                    std::ranges::equal(recovered.datagram, as_repaired(sent(recovered.sequence))));
                sequences.push_back(recovered.sequence);
                collector.on_datagram(recovered.sequence, keep(recovered.datagram));
            }
        }
        return sequences;
    }

    using Sequences = std::vector<std::uint64_t>;
    Random random{1};
    BufferPool pool{300, 2048};
    std::vector<Bytes> stream;
    Collector collector;
    Decoder decoder{kDatagramMax};
};

TEST_F(CollectorTest, HoldsNothingOfAStreamWithoutParity) {
    arrive(1, 500);
    EXPECT_EQ(collector.held_count(), 0u);
    EXPECT_EQ(pool.free_count(), pool.count());
}

TEST_F(CollectorTest, RecoversWhatIsMissing) {
    get_acquainted();
    arrive(9, 11);
    arrive(14, 16);
    EXPECT_EQ(piece(9, 0), PieceVerdict::Kept);
    EXPECT_EQ(recover(), Sequences{});
    EXPECT_EQ(piece(9, 1), PieceVerdict::Kept);
    EXPECT_EQ(recover(), (Sequences{12, 13}));
    EXPECT_EQ(collector.held_count(), 0u);
    EXPECT_EQ(pool.free_count(), pool.count());
}

TEST_F(CollectorTest, LetsGoOfABlockThatIsComplete) {
    get_acquainted();
    arrive(9, 16);
    EXPECT_EQ(collector.held_count(), 8u);
    EXPECT_EQ(piece(9, 1), PieceVerdict::Useless);
    EXPECT_EQ(collector.held_count(), 0u);
    EXPECT_EQ(piece(9, 0), PieceVerdict::Useless);
    EXPECT_EQ(pool.free_count(), pool.count());
}

TEST_F(CollectorTest, RecoversWhenALateDatagramLeavesFewEnough) {
    get_acquainted();
    arrive(9, 13);
    EXPECT_EQ(piece(9, 0), PieceVerdict::Kept);
    EXPECT_EQ(piece(9, 1), PieceVerdict::Kept);
    EXPECT_EQ(recover(), Sequences{});
    arrive(17);
    EXPECT_EQ(recover(), Sequences{});
    arrive(15);
    EXPECT_EQ(recover(), (Sequences{14, 16}));
    // Only what is of the next block.
    EXPECT_EQ(collector.held_count(), 1u);
}

TEST_F(CollectorTest, RecoversAWholeBlockAndATail) {
    get_acquainted();
    // The sender went quiet after two datagrams, of which none came.
    EXPECT_EQ(piece(9, 1, 2), PieceVerdict::Kept);
    EXPECT_EQ(piece(9, 0, 2), PieceVerdict::Kept);
    EXPECT_EQ(recover(), (Sequences{9, 10}));
    EXPECT_EQ(piece(11, 1, 1), PieceVerdict::Kept);
    EXPECT_EQ(recover(), (Sequences{11}));
    EXPECT_EQ(collector.held_count(), 0u);
}

TEST_F(CollectorTest, EvenTheFirstBlockIfAllOfItIsMissing) {
    EXPECT_EQ(piece(1, 0, 2), PieceVerdict::Kept);
    EXPECT_EQ(piece(1, 1, 2), PieceVerdict::Kept);
    EXPECT_EQ(recover(), (Sequences{1, 2}));
}

TEST_F(CollectorTest, TwoBlocksMayBeOpen) {
    get_acquainted();
    arrive(9, 15);
    arrive(17, 23);
    EXPECT_EQ(piece(17, 0), PieceVerdict::Kept);
    EXPECT_EQ(piece(9, 0), PieceVerdict::Kept);
    EXPECT_EQ(recover(), (Sequences{16, 24}));
    EXPECT_EQ(collector.held_count(), 0u);
}

TEST_F(CollectorTest, TheOldestBlockMakesPlace) {
    get_acquainted();
    for (const std::uint64_t first : {9u, 17u, 25u}) {
        arrive(first, first + 4);
        EXPECT_EQ(piece(first, 0), PieceVerdict::Kept);
    }
    arrive(14, 16);
    EXPECT_EQ(piece(9, 1), PieceVerdict::Useless);
    arrive(22, 23);
    arrive(30, 31);
    EXPECT_EQ(recover(), (Sequences{24, 32}));
    EXPECT_EQ(collector.held_count(), 0u);
}

TEST_F(CollectorTest, LostParityOfABlockIsNoHarmToTheNext) {
    get_acquainted();
    arrive(9, 15);
    arrive(17, 23);
    EXPECT_EQ(piece(17, 1), PieceVerdict::Kept);
    EXPECT_EQ(recover(), Sequences{24});
    EXPECT_EQ(collector.held_count(), 0u);
}

TEST_F(CollectorTest, HoldsNoMoreThanTwoBlocksOfTheLargestKind) {
    get_acquainted();
    for (std::uint64_t sequence = 9; sequence < 1000; ++sequence) {
        arrive(sequence);
        ASSERT_LE(collector.held_count(), kHeldMax);
    }
    EXPECT_EQ(collector.held_count(), kHeldMax);
    // A long silence, then the stream is elsewhere.
    collector.on_datagram(100'000, keep(sent(1)));
    EXPECT_EQ(collector.held_count(), 1u);
    collector.clear();
    EXPECT_EQ(collector.held_count(), 0u);
    EXPECT_EQ(pool.free_count(), pool.count());
}

TEST_F(CollectorTest, ClearLetsGoOfEverything) {
    get_acquainted();
    arrive(9, 12);
    EXPECT_EQ(piece(9, 0), PieceVerdict::Kept);
    collector.clear();
    EXPECT_EQ(pool.free_count(), pool.count());
    EXPECT_EQ(piece(9, 1), PieceVerdict::Useless);
    // What comes after is collected again.
    arrive(17, 23);
    EXPECT_EQ(piece(17, 1), PieceVerdict::Kept);
    EXPECT_EQ(recover(), Sequences{24});
}

TEST_F(CollectorTest, DuplicatesAreUseless) {
    get_acquainted();
    arrive(9, 13);
    EXPECT_EQ(piece(9, 0), PieceVerdict::Kept);
    EXPECT_EQ(piece(9, 0), PieceVerdict::Useless);
    arrive(9, 13);
    EXPECT_EQ(collector.held_count(), 6u);
    EXPECT_EQ(recover(), Sequences{});
}

TEST_F(CollectorTest, ContradictionsAreNamed) {
    get_acquainted();
    arrive(9, 12);
    EXPECT_EQ(piece(9, 0), PieceVerdict::Kept);
    const Bytes data(200);
    const Buffer buffer = keep(data);
    const auto verdict = [&](std::uint64_t first, wire::Parity claim) {
        claim.data = buffer.bytes();
        return collector.on_piece(first, claim, buffer);
    };
    // Of the same block: another count, another number of pieces, another size.
    EXPECT_EQ(verdict(9, {7, 1, kPieces, {}}), PieceVerdict::Contradictory);
    EXPECT_EQ(verdict(9, {kData, 1, 3, {}}), PieceVerdict::Contradictory);
    EXPECT_EQ(verdict(9, {kData, 1, kPieces, {}}), PieceVerdict::Contradictory);
    // A block across another, far ahead of the stream, and of sequences that there are not.
    EXPECT_EQ(verdict(12, {kData, 0, kPieces, {}}), PieceVerdict::Contradictory);
    EXPECT_EQ(verdict(100, {kData, 0, kPieces, {}}), PieceVerdict::Contradictory);
    EXPECT_EQ(verdict(0, {kData, 0, kPieces, {}}), PieceVerdict::Contradictory);
    EXPECT_EQ(verdict(std::numeric_limits<std::uint64_t>::max() - 3, {kData, 0, kPieces, {}}),
              PieceVerdict::Contradictory);
    // None of it was in the way.
    arrive(13, 15);
    EXPECT_EQ(recover(), Sequences{16});
}

TEST_F(CollectorTest, TakesNoMemory) {
    get_acquainted();
    std::vector<Buffer> arrivals;
    for (std::uint64_t sequence = 9; sequence < 16; ++sequence)
        arrivals.push_back(keep(sent(sequence)));
    const auto pieces = encode(9, std::span((sent(16), stream)).subspan(8, kData), kPieces);
    const Buffer buffer = keep(pieces[0]);
    Block block;
    const mcast::test::AllocationCount allocations;
    for (std::size_t i = 0; i < arrivals.size(); ++i)
        collector.on_datagram(9 + i, arrivals[i]);
    const PieceVerdict verdict = collector.on_piece(9, *wire::parse_parity(buffer.bytes()), buffer);
    const bool ready = collector.ready(block);
    collector.close(9);
    EXPECT_EQ(allocations.since(), 0u);
    EXPECT_EQ(verdict, PieceVerdict::Kept);
    EXPECT_TRUE(ready);
}

}  // namespace
}  // namespace mcast::parity::test
