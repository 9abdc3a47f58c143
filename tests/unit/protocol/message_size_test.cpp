#include "protocol/message_size.hpp"

#include <gtest/gtest.h>

namespace mcast::protocol {
namespace {

TEST(MessageSize, ExpectsTheLargestOfTheRecentOnes) {
    MessageSize size;
    EXPECT_EQ(size.expected(), 0u);
    size.on_published(64);
    EXPECT_EQ(size.expected(), 64u);
    size.on_published(24);
    EXPECT_EQ(size.expected(), 64u);
    size.on_published(100);
    EXPECT_EQ(size.expected(), 100u);
}

TEST(MessageSize, ForgetsAnExceptionalOne) {
    MessageSize size;
    size.on_published(1000);
    int published = 0;
    while (size.expected() == 1000 && published < 1000) {
        size.on_published(64);
        ++published;
    }
    EXPECT_EQ(size.expected(), 64u);
    // Not before one window has passed, and no later than after two.
    EXPECT_GE(published, 63);
    EXPECT_LE(published, 127);
}

TEST(MessageSize, KeepsWhatComesBackInEachWindow) {
    MessageSize size;
    for (int i = 0; i < 1000; ++i) {
        size.on_published(i % 60 == 0 ? 1000 : 64);
        EXPECT_EQ(size.expected(), 1000u);
    }
}

}  // namespace
}  // namespace mcast::protocol
