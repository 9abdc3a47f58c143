#include "parity/decoder.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <limits>
#include <numeric>
#include <string>
#include <tuple>

#include "stream.hpp"
#include "tests/support/allocation_count.hpp"

namespace mcast::parity::test {
namespace {

// A block that was sent, and what becomes of it when some of it is lost.
class Sent {
public:
    Sent(std::uint64_t first, std::size_t count, std::uint8_t piece_count, Random& random)
        : first_(first),
          datagrams_(make_datagrams(first, count, random)),
          pieces_(encode(first, datagrams_, piece_count)) {}

    [[nodiscard]] Block whole() const { return whole_block(first_, datagrams_, pieces_); }
    // Without the datagrams and pieces whose bit is set; pieces are behind the datagrams.
    [[nodiscard]] Block without(std::span<const bool> lost) const {
        Block block = whole();
        const std::size_t count = datagrams_.size();
        for (std::size_t place = 0; place < count; ++place)
            if (lost[place]) block.datagrams[place] = {};
        block.piece_count = 0;
        for (std::size_t index = 0; index < pieces_.size(); ++index)
            if (!lost[count + index])
                block.pieces[block.piece_count++] = wire::parse_parity(pieces_[index]).value();
        return block;
    }
    void expect_recovered(const Block& block, const Decoded& decoded) const {
        EXPECT_EQ(decoded.refusal, "");
        std::size_t at = 0;
        for (std::size_t place = 0; place < datagrams_.size(); ++place) {
            if (!block.datagrams[place].empty()) continue;
            ASSERT_LT(at, decoded.datagrams.size());
            const Recovered& recovered = decoded.datagrams[at++];
            EXPECT_EQ(recovered.sequence, first_ + place);
            EXPECT_TRUE(std::ranges::equal(recovered.datagram, as_repaired(datagrams_[place])));
            EXPECT_EQ(std::bit_cast<std::uintptr_t>(recovered.datagram.data()) % 8, 0u);
        }
        EXPECT_EQ(at, decoded.datagrams.size());
    }

private:
    std::uint64_t first_;
    std::vector<Bytes> datagrams_;
    std::vector<Bytes> pieces_;
};

std::size_t count_lost(std::span<const bool> lost) {
    return static_cast<std::size_t>(std::ranges::count(lost, true));
}

TEST(Decoder, RecoversEveryPatternOfLossInSmallBlocks) {
    Random random(1);
    Decoder decoder(kDatagramMax);
    for (const auto& [count, piece_count] :
         {std::tuple{1, 1}, {1, 3}, {2, 1}, {3, 2}, {4, 4}, {5, 3}, {8, 3}}) {
        const Sent sent(1000, static_cast<std::size_t>(count),
                        static_cast<std::uint8_t>(piece_count), random);
        const int all = count + piece_count;
        for (unsigned pattern = 0; pattern < 1u << all; ++pattern) {
            std::array<bool, 16> lost{};
            for (int i = 0; i < all; ++i)
                lost[static_cast<std::size_t>(i)] = pattern >> i & 1;
            const auto of_datagrams =
                count_lost(std::span(lost).first(static_cast<std::size_t>(count)));
            const Block block = sent.without(lost);
            const Decoded decoded = decoder.decode(block, stream_header());
            ASSERT_EQ(decoded.refusal, "");
            if (std::popcount(pattern) <= piece_count) {
                sent.expect_recovered(block, decoded);
            } else if (of_datagrams > block.piece_count) {
                ASSERT_TRUE(decoded.datagrams.empty()) << pattern;
            }
            if (HasFailure()) FAIL() << count << " + " << piece_count << ", lost: " << pattern;
        }
    }
}

TEST(Decoder, RecoversWhatRandomLossLeaves) {
    Random random(2);
    Decoder decoder(kDatagramMax);
    for (const auto& [count, piece_count] : {std::tuple{16, 4}, {64, 16}, {64, 1}, {37, 11}}) {
        const auto all = static_cast<std::size_t>(count + piece_count);
        for (int round = 0; round < 100; ++round) {
            const Sent sent(random.next() >> 1 | 1, static_cast<std::size_t>(count),
                            static_cast<std::uint8_t>(piece_count), random);
            std::array<bool, 80> lost{};
            const std::size_t how_many = random.next() % static_cast<unsigned>(piece_count + 1);
            while (count_lost(lost) < how_many)
                lost[random.next() % all] = true;
            const Block block = sent.without(lost);
            sent.expect_recovered(block, decoder.decode(block, stream_header()));
            if (HasFailure()) FAIL() << count << " + " << piece_count << ", round " << round;
        }
    }
}

TEST(Decoder, PiecesMayComeInAnyOrder) {
    Random random(3);
    Decoder decoder(kDatagramMax);
    const Sent sent(5, 6, 4, random);
    std::array<bool, 10> lost{};
    lost[1] = lost[2] = lost[5] = true;
    Block block = sent.without(lost);
    std::reverse(block.pieces.begin(), block.pieces.begin() + block.piece_count);
    sent.expect_recovered(block, decoder.decode(block, stream_header()));
}

TEST(Decoder, TakesNoMemoryOnceItIsMade) {
    Random random(4);
    Decoder decoder(kDatagramMax);
    const Sent sent(5, 64, 16, random);
    std::array<bool, 80> lost{};
    std::fill_n(lost.begin(), 16, true);
    const Block block = sent.without(lost);
    const mcast::test::AllocationCount allocations;
    const Decoded decoded = decoder.decode(block, stream_header());
    EXPECT_EQ(allocations.since(), 0u);
    EXPECT_EQ(decoded.datagrams.size(), 16u);
}

// A block of four with two pieces, its second datagram lost, and something wrong with it.
class HostileBlock : public testing::Test {
protected:
    HostileBlock() { block.datagrams[1] = {}; }

    [[nodiscard]] std::string_view refusal(const wire::Header& stream = stream_header()) {
        const Decoded decoded = decoder.decode(block, stream);
        EXPECT_EQ(decoded.datagrams.empty(), !decoded.refusal.empty());
        return decoded.refusal;
    }

    Random random{5};
    std::vector<Bytes> datagrams = make_datagrams(9, 4, random);
    std::vector<Bytes> pieces = encode(9, datagrams, 2);
    Block block = whole_block(9, datagrams, pieces);
    Decoder decoder{kDatagramMax};
};

TEST_F(HostileBlock, SoundOneIsNotRefused) {
    EXPECT_EQ(refusal(), "");
}

TEST_F(HostileBlock, CountsBeyondTheLimitsAreRefused) {
    const Block sound = block;
    block.count = 0;
    EXPECT_NE(refusal(), "");
    block.count = 65;
    EXPECT_NE(refusal(), "");
    block = sound;
    block.piece_count = 17;
    EXPECT_NE(refusal(), "");
    block = sound;
    block.first = 0;
    EXPECT_NE(refusal(), "");
    block.first = std::numeric_limits<std::uint64_t>::max() - 2;
    EXPECT_NE(refusal(), "");
}

TEST_F(HostileBlock, PiecesThatContradictEachOtherAreRefused) {
    const Block sound = block;
    block.pieces[1].count = 3;
    EXPECT_NE(refusal(), "");
    block = sound;
    block.pieces[1].parity_count = 3;
    EXPECT_NE(refusal(), "");
    block = sound;
    block.pieces[1].data = block.pieces[1].data.first(block.pieces[1].data.size() - 1);
    EXPECT_NE(refusal(), "");
    block = sound;
    block.pieces[1].index = 0;
    EXPECT_NE(refusal(), "");
    block.pieces[1].index = 16;
    EXPECT_NE(refusal(), "");
}

TEST_F(HostileBlock, SizesBeyondTheLimitsAreRefused) {
    const Block sound = block;
    for (std::size_t i = 0; i < 2; ++i)
        block.pieces[i].data = block.pieces[i].data.first(wire::kParityDataMin - 1);
    EXPECT_NE(refusal(), "");
    // Longer than what this decoder has memory for.
    const Bytes longer(wire::kParitySizeBytes + kDatagramMax + 9);
    block.pieces[0].data = block.pieces[1].data = longer;
    EXPECT_NE(refusal(), "");
    // A datagram that would not have fitted the block, and one that is none.
    block = sound;
    const Bytes long_datagram = make_datagram(9, kDatagramMax + 8, random);
    block.datagrams[0] = long_datagram;
    EXPECT_NE(refusal(), "");
    block.datagrams[0] = std::span(long_datagram).first(wire::kHeaderSize - 1);
    EXPECT_NE(refusal(), "");
}

TEST_F(HostileBlock, ForgedPiecesGiveNothing) {
    const Block sound = block;
    using namespace wire::layout;
    for (const std::size_t field :
         {std::size_t{0}, std::size_t{8}, kMagicAt, kVersionAt, kFlagsAt, kHopsAt, kOriginAt,
          kDomainAt, kTopicAt, kSequenceAt, kSentAtAt}) {
        Bytes forged(block.pieces[0].data.begin(), block.pieces[0].data.end());
        forged[wire::kParitySizeBytes + field] ^= std::byte{0x55};
        block.pieces[0].data = forged;
        EXPECT_NE(refusal(), "") << "byte " << field;
        block = sound;
    }
    EXPECT_EQ(refusal(), "");
}

// Whatever the sizes say, a datagram never loses bytes unseen: it only gains zeros, as padding.
TEST_F(HostileBlock, ForgedSizesGiveNothingOrPadding) {
    const Block sound = block;
    const Bytes original = as_repaired(datagrams[1]);
    std::size_t refused = 0;
    for (unsigned change = 1; change < 1u << 16; change += 37) {
        Bytes forged(block.pieces[0].data.begin(), block.pieces[0].data.end());
        forged[0] ^= static_cast<std::byte>(change & 0xff);
        forged[1] ^= static_cast<std::byte>(change >> 8);
        block.pieces[0].data = forged;
        const Decoded decoded = decoder.decode(block, stream_header());
        block = sound;
        refused += decoded.datagrams.empty() ? 1 : 0;
        if (decoded.datagrams.empty()) continue;
        const auto bytes = decoded.datagrams[0].datagram;
        ASSERT_GE(bytes.size(), original.size());
        ASSERT_TRUE(std::ranges::equal(bytes.first(original.size()), original));
        ASSERT_TRUE(std::ranges::all_of(bytes.subspan(original.size()),
                                        [](std::byte byte) { return byte == std::byte{0}; }));
    }
    EXPECT_GT(refused, 0u);
}

TEST_F(HostileBlock, OfAnotherStreamGivesNothing) {
    wire::Header stream = stream_header();
    stream.topic = 1;
    EXPECT_NE(refusal(stream), "");
    stream = stream_header();
    stream.origin = PeerId{1};
    EXPECT_NE(refusal(stream), "");
    stream = stream_header();
    stream.domain = 1;
    EXPECT_NE(refusal(stream), "");
    block.first = 8;
    EXPECT_NE(refusal(), "");
}

TEST_F(HostileBlock, NothingMissingOrTooMuchMissingIsNoRefusal) {
    block.datagrams[1] = datagrams[1];
    Decoded decoded = decoder.decode(block, stream_header());
    EXPECT_TRUE(decoded.datagrams.empty());
    EXPECT_EQ(decoded.refusal, "");
    block.datagrams[0] = block.datagrams[1] = block.datagrams[2] = {};
    decoded = decoder.decode(block, stream_header());
    EXPECT_TRUE(decoded.datagrams.empty());
    EXPECT_EQ(decoded.refusal, "");
    block.piece_count = 0;
    decoded = decoder.decode(block, stream_header());
    EXPECT_TRUE(decoded.datagrams.empty());
    EXPECT_EQ(decoded.refusal, "");
}

}  // namespace
}  // namespace mcast::parity::test
