#include "protocol/message_pool.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace mcast::protocol {
namespace {

std::vector<Buffer> take_all(MessagePool& pool, std::size_t size) {
    std::vector<Buffer> taken;
    while (Buffer buffer = pool.allocate(size))
        taken.push_back(std::move(buffer));
    return taken;
}

TEST(MessagePoolTest, HasFewOfTheLargestAndManyOfSmallOnes) {
    MessagePool pool(4, 1u << 20);
    EXPECT_EQ(take_all(pool, 1u << 20).size(), 4u);
    EXPECT_EQ(take_all(pool, 100'000).size(), 16u + 4u);
    const std::vector<Buffer> small = take_all(pool, 4096);
    EXPECT_EQ(small.size(), 1024u + 128u + 16u + 4u);
    for (const Buffer& buffer : small)
        EXPECT_GE(buffer.capacity(), 4096u);
}

TEST(MessagePoolTest, SmallOnesUsedUpTheRestWhileTheyAreHeld) {
    MessagePool pool(2, 1u << 20);
    {
        const std::vector<Buffer> small = take_all(pool, 100);
        EXPECT_FALSE(pool.allocate(1u << 20));
    }
    EXPECT_EQ(take_all(pool, 1u << 20).size(), 2u);
}

TEST(MessagePoolTest, OfSmallMessagesIsOnePool) {
    MessagePool pool(3, 4096);
    EXPECT_EQ(take_all(pool, 64).size(), 3u);
}

}  // namespace
}  // namespace mcast::protocol
