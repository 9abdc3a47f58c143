#include "protocol/send_history.hpp"

#include <gtest/gtest.h>

#include "mcast/buffer_pool.hpp"

namespace mcast::protocol {
namespace {

struct Held {
    BufferPool pool{16, 64};
    SendHistory history{8, 1};

    void push(std::uint16_t messages = 1, bool begins = true) {
        history.push(pool.allocate(), messages, begins);
    }
};

TEST(SendHistory, HoldsTheLastBySequence) {
    Held held;
    for (int i = 0; i < 11; ++i)
        held.push();
    EXPECT_EQ(held.history.oldest(), 4u);
    EXPECT_EQ(held.history.next(), 12u);
    EXPECT_EQ(held.history.size(), 8u);
    EXPECT_EQ(held.history.find(3), nullptr);
    EXPECT_NE(held.history.find(4), nullptr);
    EXPECT_NE(held.history.find(11), nullptr);
    EXPECT_EQ(held.history.find(12), nullptr);
}

TEST(SendHistory, GivesBuffersBack) {
    Held held;
    for (int i = 0; i < 8; ++i)
        held.push();
    EXPECT_EQ(held.pool.free_count(), 8u);
    held.history.release_below(6);
    EXPECT_EQ(held.pool.free_count(), 13u);
    EXPECT_EQ(held.history.oldest(), 6u);
    held.history.release_below(100);
    EXPECT_EQ(held.pool.free_count(), 16u);
    EXPECT_EQ(held.history.oldest(), held.history.next());
}

TEST(SendHistory, SaysWhereTheLastMessagesBegin) {
    Held held;
    held.push(5);         // 1
    held.push(3);         // 2
    held.push(0, true);   // 3: a large message …
    held.push(0, false);  // 4
    held.push(1, false);  // 5
    held.push(2);         // 6
    const auto start = [&](std::uint32_t messages) {
        const HistoryStart found = held.history.last(messages);
        return std::pair(found.sequence, found.skip);
    };
    EXPECT_EQ(start(0), std::pair(std::uint64_t{7}, std::uint16_t{0}));
    EXPECT_EQ(start(1), std::pair(std::uint64_t{6}, std::uint16_t{1}));
    EXPECT_EQ(start(2), std::pair(std::uint64_t{6}, std::uint16_t{0}));
    EXPECT_EQ(start(3), std::pair(std::uint64_t{3}, std::uint16_t{0}));
    EXPECT_EQ(start(4), std::pair(std::uint64_t{2}, std::uint16_t{2}));
    EXPECT_EQ(start(6), std::pair(std::uint64_t{2}, std::uint16_t{0}));
    EXPECT_EQ(start(100), std::pair(std::uint64_t{1}, std::uint16_t{0}));
}

}  // namespace
}  // namespace mcast::protocol
