#include "relay/fingerprint_window.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <vector>

#include "base/random.hpp"

using namespace mcast;
using namespace mcast::relay;
using namespace std::chrono_literals;

namespace {

Fingerprint print(std::uint64_t number) {
    return {split_mix(number), split_mix(number + 1)};
}

}  // namespace

TEST(FingerprintWindow, RemembersForTheWindowAndNoLonger) {
    FingerprintWindow window(8, 2s);
    const Instant start{};
    window.add(start, print(1), 7);
    ASSERT_NE(window.find(start + 2s - 1ns, print(1)), nullptr);
    EXPECT_EQ(window.find(start + 1s, print(1))->mark, 7u);
    EXPECT_EQ(window.find(start + 1s, print(1))->at, start);
    EXPECT_EQ(window.find(start + 2s, print(1)), nullptr);
    EXPECT_EQ(window.find(start, print(2)), nullptr);
}

TEST(FingerprintWindow, SeenAgainCountsFromThen) {
    FingerprintWindow window(8, 2s);
    window.add(Instant{}, print(1), 7);
    window.add(Instant{} + 1s, print(1), 8);
    ASSERT_NE(window.find(Instant{} + 2500ms, print(1)), nullptr);
    EXPECT_EQ(window.find(Instant{} + 2500ms, print(1))->mark, 8u);
    EXPECT_EQ(window.size(), 1u);
}

TEST(FingerprintWindow, WhenFullTheOldestGoesCounted) {
    FingerprintWindow window(4, 2s);
    for (std::uint64_t i = 0; i < 6; ++i)
        window.add(Instant{} + Duration(static_cast<std::int64_t>(i)), print(i), i);
    EXPECT_EQ(window.size(), 4u);
    EXPECT_EQ(window.evicted(), 2u);
    EXPECT_EQ(window.find(Instant{} + 10ns, print(0)), nullptr);
    EXPECT_EQ(window.find(Instant{} + 10ns, print(1)), nullptr);
    for (std::uint64_t i = 2; i < 6; ++i)
        EXPECT_NE(window.find(Instant{} + 10ns, print(i)), nullptr) << i;
}

TEST(FingerprintWindow, WhatIsOverMakesRoomUncounted) {
    FingerprintWindow window(4, 2s);
    for (std::uint64_t i = 0; i < 100; ++i)
        window.add(Instant{} + 1s * static_cast<std::int64_t>(i), print(i), i);
    EXPECT_EQ(window.evicted(), 0u);
    EXPECT_LE(window.size(), 2u);
}

// Fingerprints that all want the same place, and others between them.
TEST(FingerprintWindow, AgreesWithAMapWhateverCollides) {
    Random random(42);
    constexpr std::size_t kCapacity = 64;
    FingerprintWindow window(kCapacity, 1s);
    std::map<std::uint64_t, FingerprintWindow::Seen> model;
    std::vector<std::uint64_t> order;  // of their turn to go
    std::set<std::uint64_t> again;     // were seen since they got it
    Instant now{};
    for (int step = 0; step < 20000; ++step) {
        now += random.duration(0ns, 40ms);
        const std::uint64_t number = random.below(96);
        const Fingerprint chosen{number % 5, number};
        const auto known = model.find(number);
        const bool alive = known != model.end() && known->second.at + 1s > now;
        const auto* found = window.find(now, chosen);
        ASSERT_EQ(found != nullptr, alive) << step;
        if (alive) {
            ASSERT_EQ(found->mark, known->second.mark);
        }
        if (random.chance(0.3)) continue;
        const auto mark = static_cast<std::uint64_t>(step);
        window.add(now, chosen, mark);
        if (known == model.end()) {
            while (!order.empty()) {
                const std::uint64_t oldest = order.front();
                const bool is_over = model[oldest].at + 1s <= now;
                if (!is_over && again.count(oldest) == 0) break;
                order.erase(order.begin());
                again.erase(oldest);
                if (is_over)
                    model.erase(oldest);
                else
                    order.push_back(oldest);
            }
            if (order.size() == kCapacity) {
                model.erase(order.front());
                order.erase(order.begin());
            }
            order.push_back(number);
        } else {
            again.insert(number);
        }
        model[number] = {now, mark};
    }
}

TEST(FingerprintWindow, OneThatIsSeenAgainAndAgainKeepsNoOthers) {
    FingerprintWindow window(64, 2s);
    Instant now{};
    for (std::uint64_t i = 1; i <= 1000; ++i, now += 100ms) {
        window.add(now, print(0), i);
        window.add(now, print(i), i);
        EXPECT_LE(window.size(), 24u);  // of 2 s, and those of the last call
        EXPECT_NE(window.find(now, print(0)), nullptr);
    }
    EXPECT_EQ(window.evicted(), 0u);
}
