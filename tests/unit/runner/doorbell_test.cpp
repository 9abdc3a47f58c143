#include "runner/doorbell.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

namespace mcast::detail {
namespace {

struct Bell {
    Doorbell doorbell;
    int wakes = 0;

    void ring() {
        doorbell.ring([this] { ++wakes; });
    }
};

TEST(Doorbell, NobodyIsWokenWhoIsAwake) {
    Bell bell;
    bell.ring();
    bell.ring();
    EXPECT_EQ(bell.wakes, 0);
}

TEST(Doorbell, WhoeverLiesDownAfterARingLooksAgain) {
    Bell bell;
    bell.ring();
    EXPECT_FALSE(bell.doorbell.lie_down());
    bell.doorbell.get_up();
    EXPECT_TRUE(bell.doorbell.lie_down());
}

TEST(Doorbell, ManyRingsWakeASleeperOnce) {
    Bell bell;
    ASSERT_TRUE(bell.doorbell.lie_down());
    for (int i = 0; i < 5; ++i)
        bell.ring();
    EXPECT_EQ(bell.wakes, 1);
    bell.doorbell.get_up();
    ASSERT_TRUE(bell.doorbell.lie_down());
    bell.ring();
    EXPECT_EQ(bell.wakes, 2);
}

TEST(Doorbell, OneThatGotUpUnwokenIsNotWokenLater) {
    Bell bell;
    ASSERT_TRUE(bell.doorbell.lie_down());
    bell.doorbell.get_up();
    bell.ring();
    EXPECT_EQ(bell.wakes, 0);
}

TEST(Doorbell, ARetiredOneWakesNobody) {
    Bell bell;
    bell.doorbell.retire();
    bell.ring();
    EXPECT_EQ(bell.wakes, 0);
}

// A sleeper that sleeps until it is woken, and ringers who put something down before they ring:
// everything is found, although it never sleeps without having looked, and it would sleep for ever
// if one wake were lost.
TEST(Doorbell, NoRingIsLostBetweenThreads) {
    constexpr int kRingers = 3;
    constexpr std::uint64_t kRounds = 20'000;
    Doorbell doorbell;
    std::atomic<std::uint64_t> put_down{0};
    std::atomic<std::uint32_t> woken{0};
    std::vector<std::thread> ringers;
    for (int i = 0; i < kRingers; ++i)
        ringers.emplace_back([&] {
            for (std::uint64_t round = 0; round < kRounds; ++round) {
                put_down.fetch_add(1, std::memory_order_relaxed);
                doorbell.ring([&] {
                    woken.fetch_add(1, std::memory_order_release);
                    woken.notify_one();
                });
            }
        });
    std::uint64_t found = 0;
    std::uint32_t sleeps = 0;
    while (found < kRingers * kRounds) {
        const std::uint32_t before = woken.load(std::memory_order_acquire);
        if (doorbell.lie_down()) {
            if (put_down.load(std::memory_order_relaxed) == found) {
                woken.wait(before, std::memory_order_acquire);
                ++sleeps;
            }
        }
        doorbell.get_up();
        found = put_down.load(std::memory_order_relaxed);
    }
    for (std::thread& ringer : ringers)
        ringer.join();
    EXPECT_EQ(found, kRingers * kRounds);
    EXPECT_GE(woken.load(), sleeps);
}

}  // namespace
}  // namespace mcast::detail
