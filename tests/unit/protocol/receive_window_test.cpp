#include "protocol/receive_window.hpp"

#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "base/random.hpp"

namespace mcast::protocol {
namespace {

using std::chrono::milliseconds;

constexpr Instant at(int ms) {
    return Instant{} + milliseconds(ms);
}

using Ranges = std::vector<std::pair<std::uint64_t, std::uint64_t>>;

// What is due at `now`; each is asked for again `pause` later.
Ranges due(ReceiveWindow& window, Instant now, Duration pause, Instant* earliest = nullptr) {
    Ranges ranges;
    Instant next = kNever;
    for (std::uint64_t from = 0;;) {
        const auto range = window.next_due(from, now, next, [&](unsigned, unsigned in_vain) {
            return now + pause * (in_vain + 1);
        });
        if (range.first > range.last) break;
        ranges.emplace_back(range.first, range.last);
        from = range.last + 1;
    }
    if (earliest != nullptr) *earliest = next;
    return ranges;
}

TEST(ReceiveWindow, PositionsFollowTheBase) {
    ReceiveWindow window(64);
    window.begin(10);
    EXPECT_EQ(window.position(9), Position::Duplicate);
    EXPECT_EQ(window.position(10), Position::Next);
    EXPECT_EQ(window.position(11), Position::Ahead);
    EXPECT_EQ(window.position(73), Position::Ahead);
    EXPECT_EQ(window.position(74), Position::Beyond);
    window.pass(at(0), at(0));
    EXPECT_EQ(window.position(10), Position::Duplicate);
    EXPECT_EQ(window.position(74), Position::Ahead);
}

TEST(ReceiveWindow, AllGapsAreKnownAtOnce) {
    ReceiveWindow window(64);
    window.begin(1);
    window.extend(12, at(0), at(0));
    for (const std::uint64_t here : {3u, 4u, 8u})
        window.hold(here, static_cast<std::uint32_t>(here));
    EXPECT_EQ(window.missing(), 8u);
    EXPECT_EQ(due(window, at(0), milliseconds(5)), (Ranges{{1, 2}, {5, 7}, {9, 11}}));
    EXPECT_EQ(due(window, at(4), milliseconds(5)), Ranges{});
    EXPECT_EQ(due(window, at(5), milliseconds(5)), (Ranges{{1, 2}, {5, 7}, {9, 11}}));
    // The second time they wait twice as long.
    Instant earliest = kNever;
    EXPECT_EQ(due(window, at(12), milliseconds(5), &earliest), Ranges{});
    EXPECT_EQ(earliest, at(15));
    EXPECT_EQ(window.asked(5), 2u);
    EXPECT_EQ(window.asked(4), 0u);
}

TEST(ReceiveWindow, WhatOthersAskedForWaits) {
    ReceiveWindow window(64);
    window.begin(1);
    window.extend(10, at(0), at(1));
    window.postpone(2, 4, at(9));
    EXPECT_EQ(due(window, at(1), milliseconds(50)), (Ranges{{1, 1}, {5, 9}}));
    EXPECT_EQ(due(window, at(9), milliseconds(50)), (Ranges{{2, 4}}));
}

TEST(ReceiveWindow, ARepairShowsThatThoseBeforeItWereLostAgain) {
    ReceiveWindow window(64);
    window.begin(1);
    window.extend(10, at(0), at(0));
    window.postpone(3, 3, at(2));
    EXPECT_EQ(due(window, at(0), milliseconds(50)), (Ranges{{1, 2}, {4, 9}}));
    EXPECT_EQ(due(window, at(2), milliseconds(50)), (Ranges{{3, 3}}));
    EXPECT_FALSE(window.on_overtaken(0, 1, at(5)));
    window.hold(1, 0);
    EXPECT_TRUE(window.on_overtaken(0, 6, at(5)));
    window.hold(6, 0);
    // Not the one that was asked for later, nor those behind.
    EXPECT_EQ(due(window, at(5), milliseconds(50)), (Ranges{{2, 2}, {4, 5}}));
    // What was asked for again waits for its own repair, no longer than the first time.
    EXPECT_TRUE(window.on_overtaken(6, 8, at(6)));
    EXPECT_EQ(due(window, at(6), milliseconds(50)), (Ranges{{7, 7}}));
    EXPECT_EQ(window.asked(4), 2u);
    EXPECT_EQ(due(window, at(55), milliseconds(50)), (Ranges{{2, 5}, {8, 9}}));
}

TEST(ReceiveWindow, HeldOnesComeOutInOrder) {
    ReceiveWindow window(64);
    window.begin(1);
    window.extend(4, at(0), at(0));
    window.hold(2, 22);
    window.hold(3, 33);
    EXPECT_FALSE(window.front().has_value());
    EXPECT_EQ(window.missing_since(), at(0));
    window.hold(1, 11);
    EXPECT_FALSE(window.missing_since().has_value());
    for (const std::uint32_t place : {11u, 22u, 33u}) {
        ASSERT_TRUE(window.front().has_value());
        EXPECT_EQ(window.pop(at(0), at(0)), place);
    }
    EXPECT_EQ(window.base(), 4u);
    EXPECT_EQ(window.missing(), 0u);
}

TEST(ReceiveWindow, GivesUpToTheFirstHeldOne) {
    ReceiveWindow window(64);
    window.begin(1);
    window.extend(5, at(0), at(0));
    window.extend(9, at(3), at(3));
    window.hold(7, 7);
    EXPECT_EQ(window.noticed_end(at(0)), 5u);
    EXPECT_EQ(window.give_up(5, at(3), at(3)), 4u);
    EXPECT_EQ(window.base(), 5u);
    EXPECT_EQ(window.missing_since(), at(3));
    EXPECT_EQ(window.give_up(100, at(3), at(3)), 2u);
    EXPECT_EQ(window.front(), 7u);
    EXPECT_EQ(window.give_up(100, at(3), at(3)), 0u);
}

TEST(ReceiveWindow, BeyondTheWindowIsMissingWhenItComesIntoReach) {
    ReceiveWindow window(64);
    window.begin(1);
    window.extend(1000, at(0), at(0));
    EXPECT_EQ(window.missing(), 999u);
    EXPECT_EQ(due(window, at(0), milliseconds(100)), (Ranges{{1, 64}}));
    EXPECT_EQ(window.give_up(11, at(1), at(2)), 10u);
    EXPECT_EQ(due(window, at(2), milliseconds(100)), (Ranges{{65, 74}}));
}

// Against a set of numbers: random arrivals, deliveries and losses.
TEST(ReceiveWindow, AgreesWithAModel) {
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        Random random(seed);
        ReceiveWindow window(128);
        const std::uint64_t begin = random.between(1, 1000);
        window.begin(begin);
        std::set<std::uint64_t> held;
        std::uint64_t base = begin;
        std::uint64_t end = begin;
        for (int i = 0; i < 2000; ++i) {
            const std::uint64_t sequence = base + random.below(140);
            const Position position = window.position(sequence);
            ASSERT_EQ(position == Position::Beyond, sequence >= base + 128);
            ASSERT_EQ(position == Position::Duplicate, held.count(sequence) == 1);
            if (position == Position::Next || position == Position::Ahead) {
                window.extend(sequence + 1, at(i), at(i));
                window.hold(sequence, static_cast<std::uint32_t>(sequence));
                held.insert(sequence);
                end = std::max(end, sequence + 1);
            }
            if (random.chance(0.02)) {
                const std::uint64_t before = base + random.below(20);
                std::uint64_t expected = 0;
                while (base < std::min(before, end) && held.count(base) == 0)
                    ++base, ++expected;
                ASSERT_EQ(window.give_up(before, at(i), at(i)), expected);
            }
            while (window.front().has_value()) {
                ASSERT_EQ(*window.front(), static_cast<std::uint32_t>(base));
                window.pop(at(i), at(i));
                held.erase(base++);
            }
            end = std::max(end, base);
            ASSERT_EQ(window.base(), base);
            ASSERT_EQ(window.held(), held.size());
            ASSERT_EQ(window.missing(), end - base - held.size());
            std::uint64_t counted = 0;
            for (const auto& [first, last] : due(window, at(1'000'000), milliseconds(0)))
                counted += last - first + 1;
            ASSERT_EQ(counted, window.missing());
        }
    }
}

TEST(ReceiveWindow, IsLeftToOthersOnceForEachOwnRequest) {
    ReceiveWindow window(64);
    window.begin(1);
    window.extend(3, at(0), at(0));
    window.leave_to_others(1, 2, at(5));
    EXPECT_EQ(due(window, at(4), milliseconds(10)), Ranges{});
    window.leave_to_others(1, 2, at(9));
    EXPECT_EQ(due(window, at(5), milliseconds(10)), (Ranges{{1, 2}}));
    window.leave_to_others(1, 1, at(20));
    EXPECT_EQ(due(window, at(15), milliseconds(10)), (Ranges{{2, 2}}));
    EXPECT_EQ(due(window, at(20), milliseconds(10)), (Ranges{{1, 1}}));
}

TEST(ReceiveWindow, WhatWasNeverSentIsNotMissing) {
    ReceiveWindow window(64);
    window.begin(1);
    window.extend(1000, at(0), at(0));
    window.hold(5, 50);
    window.retract(3);
    EXPECT_EQ(window.end(), 6u);
    EXPECT_EQ(window.missing(), 4u);
    window.extend(8, at(1), at(1));
    EXPECT_EQ(due(window, at(1), milliseconds(5)), (Ranges{{1, 4}, {6, 7}}));
    window.retract(0);
    EXPECT_EQ(window.end(), 6u);
    window.clear([](std::uint32_t) {});
    window.retract(0);
    EXPECT_EQ(window.end(), window.base());
    EXPECT_EQ(window.missing(), 0u);
}

}  // namespace
}  // namespace mcast::protocol
