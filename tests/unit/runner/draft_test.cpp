#include "runner/draft.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <cstring>
#include <thread>

#include "mcast/buffer_pool.hpp"
#include "wire/header.hpp"

namespace mcast::detail {
namespace {

// A draft with a buffer; its topic is never looked at.
struct Desk {
    BufferPool pool{1, 256};
    Draft draft;

    Desk() { draft.fill(pool.allocate()); }
    void begin() { draft.begin(reinterpret_cast<OutgoingTopic&>(pool), 192); }
};

TEST(Draft, BeginsEmptyAndZeroed) {
    Desk desk;
    std::memset(desk.draft.data(), 0xff, 256);
    desk.begin();
    EXPECT_EQ(desk.draft.size(), wire::kHeaderSize);
    EXPECT_EQ(desk.draft.messages(), 0);
    EXPECT_EQ(desk.draft.room_end(), 192u);
    for (std::size_t i = 0; i < 256; ++i)
        EXPECT_EQ(desk.draft.data()[i], std::byte{0}) << i;
}

TEST(Draft, IsFilledFurtherUntilItIsTaken) {
    Desk desk;
    desk.begin();
    desk.draft.add(24);
    EXPECT_TRUE(desk.draft.settle(false));
    const std::uint64_t life = desk.draft.life();
    ASSERT_TRUE(desk.draft.lend(life));
    desk.draft.add(32);
    EXPECT_TRUE(desk.draft.settle(false));
    EXPECT_EQ(desk.draft.size(), wire::kHeaderSize + 56);
    EXPECT_EQ(desk.draft.messages(), 2);
    EXPECT_EQ(desk.draft.largest(), 32u);
    EXPECT_TRUE(desk.draft.take());
    EXPECT_FALSE(desk.draft.lend(life)) << "the I/O thread has it";
}

TEST(Draft, ASealedOneIsNotGoneOnWith) {
    Desk desk;
    desk.begin();
    EXPECT_TRUE(desk.draft.settle(true));
    EXPECT_FALSE(desk.draft.lend(desk.draft.life()));
    EXPECT_TRUE(desk.draft.take());
}

TEST(Draft, WhoeverFindsItLentGetsItLater) {
    Desk desk;
    desk.begin();
    EXPECT_FALSE(desk.draft.take());
    EXPECT_FALSE(desk.draft.settle(false)) << "it has to be queued again";
    EXPECT_FALSE(desk.draft.lend(desk.draft.life()));
    EXPECT_TRUE(desk.draft.take());
}

TEST(Draft, WhatIsNotWantedIsZeroedAgain) {
    Desk desk;
    desk.begin();
    desk.draft.add(16);
    std::memset(desk.draft.data() + desk.draft.size(), 0xff, 40);
    desk.draft.wipe();
    for (std::size_t i = desk.draft.size(); i < 256; ++i)
        EXPECT_EQ(desk.draft.data()[i], std::byte{0}) << i;
}

TEST(Draft, AWriterDoesNotMistakeALaterLifeForItsOwn) {
    Desk desk;
    desk.begin();
    EXPECT_TRUE(desk.draft.settle(false));
    const std::uint64_t first_life = desk.draft.life();
    ASSERT_TRUE(desk.draft.take());
    desk.begin();  // another writer's by now
    EXPECT_TRUE(desk.draft.settle(false));
    EXPECT_FALSE(desk.draft.lend(first_life));
    EXPECT_TRUE(desk.draft.lend(desk.draft.life()));
}

// A writer and a taker on two threads: each message is in exactly one of the lives.
TEST(Draft, NoMessageIsLostBetweenTwoThreads) {
    constexpr std::uint64_t kMessages = 100'000;
    Desk desk;
    enum Place : int { Blank, Queued, Nowhere };
    std::atomic<int> place{Blank};
    std::atomic<bool> finished{false};
    std::uint64_t taken = 0;
    std::thread taker([&] {
        for (bool last = false; !last;) {
            last = finished.load(std::memory_order_acquire);
            if (place.load(std::memory_order_acquire) != Queued) continue;
            place.store(Nowhere, std::memory_order_relaxed);
            if (!desk.draft.take()) continue;
            taken += desk.draft.messages();
            place.store(Blank, std::memory_order_release);
        }
    });
    std::uint64_t life = 0;
    bool open = false;
    for (std::uint64_t i = 0; i < kMessages; ++i) {
        bool queued = open && desk.draft.lend(life);
        if (!queued) {
            while (place.load(std::memory_order_acquire) != Blank)
                std::this_thread::yield();
            desk.begin();
        }
        desk.draft.add(0);
        life = desk.draft.life();
        open = desk.draft.settle(desk.draft.messages() == 1000);
        if (!queued || !open) place.store(Queued, std::memory_order_release);
    }
    finished.store(true, std::memory_order_release);
    taker.join();
    EXPECT_EQ(taken, kMessages);
}

}  // namespace
}  // namespace mcast::detail
