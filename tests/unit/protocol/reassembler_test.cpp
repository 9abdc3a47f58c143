#include "protocol/reassembler.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <numeric>
#include <utility>
#include <vector>

#include "base/random.hpp"
#include "protocol/limits.hpp"

namespace mcast::protocol {
namespace {

using namespace std::chrono_literals;
using enum Reassembler::Outcome;
using Outcome = Reassembler::Outcome;

constexpr Instant kNow{std::chrono::hours(1)};

// A message of `size` bytes of a stream, cut into slices.
struct Cut {
    std::uint32_t stream = 1;
    std::uint64_t first_sequence = 100;
    std::uint32_t slice = 8;
    std::vector<std::byte> bytes{};

    Cut(std::uint32_t of_stream, std::uint64_t first, std::uint32_t size, std::uint32_t slice_size)
        : stream(of_stream), first_sequence(first), slice(slice_size), bytes(size) {
        Random random(first + of_stream);
        for (std::byte& byte : bytes)
            byte = static_cast<std::byte>(random.next());
    }
    [[nodiscard]] std::uint16_t count() const {
        return static_cast<std::uint16_t>((bytes.size() + slice - 1) / slice);
    }
    [[nodiscard]] FragmentPiece piece(std::size_t index) const {
        const auto offset = static_cast<std::uint32_t>(index * slice);
        const std::size_t length = std::min<std::size_t>(slice, bytes.size() - offset);
        return {stream,
                first_sequence + index,
                static_cast<std::uint32_t>(bytes.size()),
                static_cast<std::uint16_t>(index),
                count(),
                offset,
                std::span(bytes).subspan(offset, length)};
    }
    [[nodiscard]] bool equals(const Buffer& message) const {
        return message.size() == bytes.size() &&
               std::memcmp(message.data(), bytes.data(), bytes.size()) == 0;
    }
};

TEST(Reassembler, PutsFragmentsTogetherInAnyOrder) {
    Reassembler reassembler(2, 4096);
    Random random(1);
    const Cut cut(1, 100, 1000, 72);
    for (int round = 0; round < 100; ++round) {
        std::vector<std::size_t> order(cut.count());
        std::iota(order.begin(), order.end(), 0);
        for (std::size_t i = order.size(); i > 1; --i)
            std::swap(order[i - 1], order[random.below(i)]);
        for (std::size_t i = 0; i < order.size(); ++i) {
            const auto result = reassembler.on_fragment(kNow, cut.piece(order[i]));
            EXPECT_EQ(result.abandoned, 0u);
            if (i + 1 < order.size()) {
                ASSERT_EQ(result.outcome, Stored);
                continue;
            }
            ASSERT_EQ(result.outcome, Complete);
            EXPECT_EQ(result.first_sequence, 100u);
            EXPECT_TRUE(cut.equals(result.message));
        }
    }
}

TEST(Reassembler, CountsDuplicates) {
    Reassembler reassembler(1, 4096);
    const Cut cut(1, 100, 24, 8);
    EXPECT_EQ(reassembler.on_fragment(kNow, cut.piece(1)).outcome, Stored);
    EXPECT_EQ(reassembler.on_fragment(kNow, cut.piece(1)).outcome, Duplicate);
    EXPECT_EQ(reassembler.on_fragment(kNow, cut.piece(0)).outcome, Stored);
    EXPECT_EQ(reassembler.on_fragment(kNow, cut.piece(2)).outcome, Complete);
}

TEST(Reassembler, RefusesPiecesThatContradictThemselves) {
    Reassembler reassembler(1, 4096);
    const Cut cut(1, 100, 24, 8);
    std::vector<FragmentPiece> wrong(7, cut.piece(1));
    wrong[0].index = 3;                    // not below count
    wrong[1].offset = 25;                  // beyond the message
    wrong[2].offset = 24;                  // nothing is left there
    wrong[3].data = std::span(cut.bytes);  // longer than what is left
    wrong[4].sequence = 1;                 // the first one would have been 0
    wrong[5].count = 2;                    // the last one, but not to the end
    wrong[6].message_size = 16;            // the end, but not the last one
    for (const FragmentPiece& piece : wrong)
        EXPECT_EQ(reassembler.on_fragment(kNow, piece).outcome, Malformed) << &piece - wrong.data();
    EXPECT_EQ(reassembler.deadline(), kNever);
}

TEST(Reassembler, RefusesPiecesThatContradictEachOther) {
    Reassembler reassembler(1, 4096);
    const Cut cut(1, 100, 48, 8);
    ASSERT_EQ(reassembler.on_fragment(kNow, cut.piece(0)).outcome, Stored);
    std::vector<FragmentPiece> wrong(4, cut.piece(2));
    wrong[0].message_size = 56;
    wrong[1].count = 7;
    wrong[2].offset = 24;                            // where the next one lies
    wrong[3].data = std::span(cut.bytes).first(16);  // another slice
    for (const FragmentPiece& piece : wrong)
        EXPECT_EQ(reassembler.on_fragment(kNow, piece).outcome, Malformed) << &piece - wrong.data();
    for (std::size_t i = 1; i < 5; ++i)
        EXPECT_EQ(reassembler.on_fragment(kNow, cut.piece(i)).outcome, Stored);
    const auto result = reassembler.on_fragment(kNow, cut.piece(5));
    ASSERT_EQ(result.outcome, Complete);
    EXPECT_TRUE(cut.equals(result.message));
}

TEST(Reassembler, ANewerMessageOfTheStreamEndsTheOlder) {
    Reassembler reassembler(2, 4096);
    const Cut older(1, 100, 32, 8), newer(1, 104, 24, 8);
    reassembler.on_fragment(kNow, older.piece(0));
    reassembler.on_fragment(kNow, older.piece(1));
    const auto result = reassembler.on_fragment(kNow, newer.piece(0));
    EXPECT_EQ(result.outcome, Stored);
    EXPECT_EQ(result.abandoned, 2u);
    // What remains of the older one does not disturb the newer one.
    EXPECT_EQ(reassembler.on_fragment(kNow, older.piece(2)).outcome, Malformed);
    reassembler.on_fragment(kNow, newer.piece(1));
    EXPECT_EQ(reassembler.on_fragment(kNow, newer.piece(2)).outcome, Complete);
}

TEST(Reassembler, TheLongestWaitingMakesRoom) {
    Reassembler reassembler(2, 4096);
    const Cut one(1, 100, 32, 8), two(2, 100, 32, 8), three(3, 100, 32, 8);
    reassembler.on_fragment(kNow, one.piece(0));
    reassembler.on_fragment(kNow + 1ms, two.piece(0));
    reassembler.on_fragment(kNow + 2ms, one.piece(1));
    const auto result = reassembler.on_fragment(kNow + 3ms, three.piece(0));
    EXPECT_EQ(result.outcome, Stored);
    EXPECT_EQ(result.abandoned, 1u);
    EXPECT_TRUE(reassembler.wants(1, 102));
    EXPECT_FALSE(reassembler.wants(2, 101));
    EXPECT_TRUE(reassembler.wants(3, 101));
}

TEST(Reassembler, GivesUpAfterATimeWithoutFragments) {
    Reassembler reassembler(2, 4096);
    EXPECT_EQ(reassembler.deadline(), kNever);
    const Cut cut(1, 100, 32, 8);
    reassembler.on_fragment(kNow, cut.piece(0));
    reassembler.on_fragment(kNow + 100ms, cut.piece(1));
    EXPECT_EQ(reassembler.deadline(), kNow + 100ms + kReassemblyTimeout);
    std::uint32_t given_up = 0;
    const auto count = [&](std::uint32_t stream, std::uint32_t fragments) {
        EXPECT_EQ(stream, 1u);
        given_up += fragments;
    };
    reassembler.on_deadline(kNow + kReassemblyTimeout, count);
    EXPECT_EQ(given_up, 0u);
    reassembler.on_deadline(kNow + 100ms + kReassemblyTimeout, count);
    EXPECT_EQ(given_up, 2u);
    EXPECT_EQ(reassembler.deadline(), kNever);
    EXPECT_FALSE(reassembler.wants(1, 102));
}

TEST(Reassembler, WhatIsKeptIsNeitherTimedOutNorPushedOut) {
    Reassembler reassembler(1, 4096);
    const Cut cut(1, 100, 32, 8);
    const Cut other(2, 100, 32, 8);
    FragmentPiece kept = cut.piece(0);
    kept.keep = true;
    reassembler.on_fragment(kNow, kept);
    EXPECT_EQ(reassembler.deadline(), kNever);
    reassembler.on_deadline(kNow + 100s, [](std::uint32_t, std::uint32_t) { FAIL(); });
    EXPECT_EQ(reassembler.on_fragment(kNow, other.piece(0)).outcome, Reassembler::Outcome::NoRoom);
    EXPECT_TRUE(reassembler.wants(1, 101));
}

TEST(Reassembler, GivesUpWhatItsStreamHasPassed) {
    Reassembler reassembler(2, 4096);
    const Cut cut(1, 100, 32, 8);
    reassembler.on_fragment(kNow, cut.piece(0));
    EXPECT_EQ(reassembler.on_stream_passed(1, 103), 0u);
    EXPECT_EQ(reassembler.on_stream_passed(2, UINT64_MAX), 0u);
    EXPECT_EQ(reassembler.on_stream_passed(1, 104), 1u);
    EXPECT_EQ(reassembler.on_stream_passed(1, 104), 0u);
    EXPECT_EQ(reassembler.deadline(), kNever);
}

TEST(Reassembler, WantsWhatIsMissingOnly) {
    Reassembler reassembler(2, 4096);
    const Cut cut(1, 100, 32, 8);
    EXPECT_FALSE(reassembler.wants(1, 100));
    reassembler.on_fragment(kNow, cut.piece(2));
    EXPECT_TRUE(reassembler.wants(1, 100));
    EXPECT_TRUE(reassembler.wants(1, 103));
    EXPECT_FALSE(reassembler.wants(1, 102));
    EXPECT_FALSE(reassembler.wants(1, 99));
    EXPECT_FALSE(reassembler.wants(1, 104));
    EXPECT_FALSE(reassembler.wants(2, 100));
}

TEST(Reassembler, RefusesMessagesBeyondTheLimit) {
    Reassembler reassembler(1, 64);
    EXPECT_EQ(reassembler.on_fragment(kNow, Cut(1, 100, 72, 8).piece(0)).outcome, TooLarge);
    EXPECT_EQ(reassembler.on_fragment(kNow, Cut(1, 100, 64, 8).piece(0)).outcome, Stored);
}

TEST(Reassembler, MessagesThatWaitToBeDrainedAreBounded) {
    Reassembler reassembler(2, 4096);
    std::vector<Buffer> waiting;
    std::uint64_t sequence = 1;
    const auto complete = [&] {
        const Cut cut(1, sequence, 16, 8);
        sequence += 2;
        auto result = reassembler.on_fragment(kNow, cut.piece(0));
        if (result.outcome == Stored) result = reassembler.on_fragment(kNow, cut.piece(1));
        if (result.message) waiting.push_back(std::move(result.message));
        return result.outcome;
    };
    for (int i = 0; i < 4; ++i)
        EXPECT_EQ(complete(), Complete);
    EXPECT_EQ(complete(), NoRoom);
    EXPECT_EQ(complete(), NoRoom);
    waiting.pop_back();
    EXPECT_EQ(complete(), Complete);
}

TEST(Reassembler, OpenOnesGoOnWhenThereIsNoRoomForAnother) {
    Reassembler reassembler(1, 4096);
    const Cut first(1, 100, 16, 8), open(1, 102, 16, 8), other(2, 100, 16, 8);
    reassembler.on_fragment(kNow, first.piece(0));
    const auto held = reassembler.on_fragment(kNow, first.piece(1));
    reassembler.on_fragment(kNow, open.piece(0));
    const auto refused = reassembler.on_fragment(kNow, other.piece(0));
    EXPECT_EQ(refused.outcome, NoRoom);
    EXPECT_EQ(refused.abandoned, 0u);
    EXPECT_EQ(reassembler.on_fragment(kNow, open.piece(1)).outcome, Complete);
    EXPECT_TRUE(first.equals(held.message));
}

TEST(Reassembler, PutsAMessageOfOneMebibyteTogether) {
    Reassembler reassembler(4, 1u << 20);
    const Cut cut(1, 1, 1u << 20, 1376);
    for (std::size_t i = 0; i + 1 < cut.count(); ++i)
        ASSERT_EQ(reassembler.on_fragment(kNow, cut.piece(i)).outcome, Stored);
    const auto result = reassembler.on_fragment(kNow, cut.piece(cut.count() - 1u));
    ASSERT_EQ(result.outcome, Complete);
    EXPECT_TRUE(cut.equals(result.message));
}

TEST(Reassembler, MessagesOfManyStreamsDoNotMix) {
    Reassembler reassembler(4, 4096);
    std::vector<Cut> cuts;
    for (std::uint32_t stream = 0; stream < 4; ++stream)
        cuts.emplace_back(stream, 100 + stream, 400 + 8 * stream, 40);
    std::size_t complete = 0;
    for (std::size_t i = 0; i < 11; ++i) {
        for (const Cut& cut : cuts) {
            if (i >= cut.count()) continue;
            const auto result = reassembler.on_fragment(kNow, cut.piece(i));
            if (result.outcome != Complete) continue;
            ++complete;
            EXPECT_TRUE(cut.equals(result.message));
        }
    }
    EXPECT_EQ(complete, 4u);
}

}  // namespace
}  // namespace mcast::protocol
