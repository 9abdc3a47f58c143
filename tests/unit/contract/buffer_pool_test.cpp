#include "mcast/buffer_pool.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <optional>
#include <set>
#include <thread>
#include <utility>
#include <vector>

namespace mcast {
namespace {

std::vector<Buffer> take_all(BufferPool& pool) {
    std::vector<Buffer> taken;
    for (Buffer buffer = pool.allocate(); buffer; buffer = pool.allocate())
        taken.push_back(std::move(buffer));
    return taken;
}

TEST(BufferPool, GivesAlignedDistinctEmptyBuffers) {
    BufferPool pool(5, 100);
    EXPECT_EQ(pool.count(), 5u);
    EXPECT_EQ(pool.capacity(), 128u);
    std::vector<Buffer> buffers = take_all(pool);
    ASSERT_EQ(buffers.size(), 5u);
    std::set<std::uintptr_t> places;
    for (Buffer& buffer : buffers) {
        EXPECT_EQ(buffer.size(), 0u);
        EXPECT_EQ(buffer.capacity(), 128u);
        const auto place = reinterpret_cast<std::uintptr_t>(buffer.data());
        EXPECT_EQ(place % 64, 0u);
        places.insert(place);
        buffer.resize(128);
        std::memset(buffer.data(), 0x5a, 128);
    }
    ASSERT_EQ(places.size(), 5u);
    for (auto next = std::next(places.begin()); next != places.end(); ++next)
        EXPECT_GE(*next - *std::prev(next), 128u);
}

TEST(BufferPool, CountsWhatIsFree) {
    BufferPool pool(3, 64);
    EXPECT_EQ(pool.free_count(), 3u);
    Buffer a = pool.allocate();
    Buffer b = pool.allocate();
    EXPECT_EQ(pool.free_count(), 1u);
    a.reset();
    EXPECT_EQ(pool.free_count(), 2u);
    std::vector<Buffer> rest = take_all(pool);
    EXPECT_EQ(rest.size(), 2u);
    EXPECT_EQ(pool.free_count(), 0u);
    EXPECT_FALSE(pool.allocate());
    rest.clear();
    b.reset();
    EXPECT_EQ(pool.free_count(), 3u);
    EXPECT_EQ(take_all(pool).size(), 3u);
}

TEST(BufferPool, ABufferComesBackWithItsLastHandle) {
    BufferPool pool(1, 64);
    Buffer whole = pool.allocate();
    whole.resize(64);
    Buffer copy = whole;
    Buffer part = whole.slice(8, 16);
    Buffer moved = std::move(whole);
    moved.reset();
    copy.reset();
    EXPECT_EQ(pool.free_count(), 0u);
    EXPECT_FALSE(pool.allocate());
    EXPECT_EQ(part.size(), 16u);
    part.reset();
    EXPECT_EQ(pool.free_count(), 1u);
    EXPECT_TRUE(pool.allocate());
}

TEST(BufferPool, WhatCameBackIsUsedBeforeWhatNeverWas) {
    BufferPool pool(100, 64, BufferPool::Pages::WhenUsed);
    std::set<const std::byte*> places;
    for (int round = 0; round < 50; ++round) {
        const Buffer one = pool.allocate();
        const Buffer other = pool.allocate();
        places.insert({one.data(), other.data()});
    }
    EXPECT_EQ(places.size(), 2u);
    EXPECT_EQ(take_all(pool).size(), 100u);
}

TEST(BufferPool, MayBeEmpty) {
    BufferPool none(0, 1472);
    EXPECT_FALSE(none.allocate());
    EXPECT_EQ(none.free_count(), 0u);
    BufferPool nothing(2, 0);
    Buffer a = nothing.allocate();
    Buffer b = nothing.allocate();
    EXPECT_NE(a.data(), b.data());
}

TEST(BufferPool, BuffersOutliveThePool) {
    std::optional<BufferPool> pool(std::in_place, 4, 64);
    std::vector<Buffer> held;
    for (int i = 0; i < 3; ++i)
        held.push_back(pool->allocate());
    held.erase(held.begin());
    pool.reset();
    for (Buffer& buffer : held) {
        buffer.resize(64);
        std::memset(buffer.data(), 0x11, 64);
        EXPECT_EQ(buffer.bytes().back(), std::byte{0x11});
    }
    held.clear();  // the leak and address sanitizers see whether this is where the memory goes
}

TEST(BufferPool, RefusesAbsurdSizes) {
    EXPECT_DEATH(BufferPool(1, std::size_t{1} << 32), "smaller than 4 GiB");
    EXPECT_DEATH(BufferPool(SIZE_MAX / 64, 128), "fits into the address space");
}

// One thread takes buffers, writes a stamp and passes them on; the others check the stamp,
// overwrite it and drop the last handle. Nothing is handed out twice and nothing is lost.
TEST(BufferPool, TakesBuffersBackFromAnyThread) {
    constexpr std::size_t kThreads = 3;
    constexpr std::size_t kRounds = 20'000;
    BufferPool pool(16, 64);
    struct Lane {
        alignas(64) std::atomic<bool> full{false};
        Buffer buffer;
        std::uint64_t stamp = 0;
    };
    std::vector<Lane> lanes(kThreads);
    std::atomic<std::size_t> wrong{0};
    std::atomic<bool> end{false};
    std::vector<std::jthread> threads;
    for (Lane& lane : lanes)
        threads.emplace_back([&] {
            for (;;) {
                const bool last = end.load(std::memory_order_acquire);
                if (!lane.full.load(std::memory_order_acquire)) {
                    if (last) return;
                    std::this_thread::yield();
                    continue;
                }
                Buffer buffer = std::move(lane.buffer);
                std::uint64_t stamp = 0;
                std::memcpy(&stamp, buffer.data(), sizeof stamp);
                wrong += stamp != lane.stamp;
                std::memset(buffer.data(), 0xff, 64);
                lane.full.store(false, std::memory_order_release);
                buffer.reset();
            }
        });
    for (std::uint64_t sent = 0; sent < kRounds;) {
        Lane& lane = lanes[sent % kThreads];
        Buffer buffer;
        if (lane.full.load(std::memory_order_acquire) || !(buffer = pool.allocate())) {
            std::this_thread::yield();
            continue;
        }
        buffer.resize(64);
        std::memcpy(buffer.data(), &sent, sizeof sent);
        lane.stamp = sent++;
        lane.buffer = std::move(buffer);
        lane.full.store(true, std::memory_order_release);
        ASSERT_LE(pool.free_count(), pool.count());
    }
    end.store(true, std::memory_order_release);
    threads.clear();
    EXPECT_EQ(wrong, 0u);
    EXPECT_EQ(pool.free_count(), pool.count());
    EXPECT_EQ(take_all(pool).size(), pool.count());
}

// The pool and its last buffers go at the same time on different threads: whoever is last frees
// the memory, once.
TEST(BufferPool, EndsWhileOthersDropItsBuffers) {
    constexpr std::size_t kThreads = 3;
    for (int round = 0; round < 300; ++round) {
        std::optional<BufferPool> pool(std::in_place, kThreads * 2, 64);
        std::atomic<std::size_t> ready{0};
        std::vector<std::jthread> threads;
        for (std::size_t i = 0; i < kThreads; ++i)
            threads.emplace_back([&ready, a = pool->allocate(), b = pool->allocate()]() mutable {
                ready.fetch_add(1);
                while (ready.load() <= kThreads)
                    std::this_thread::yield();
                a.reset();
                b.reset();
            });
        while (ready.load() < kThreads)
            std::this_thread::yield();
        ready.fetch_add(1);
        pool.reset();
    }
}

}  // namespace
}  // namespace mcast
