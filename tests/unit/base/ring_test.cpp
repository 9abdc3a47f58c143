#include "base/ring.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <memory>

#include "base/random.hpp"

namespace mcast {
namespace {

TEST(Ring, DoesWhatADequeDoes) {
    Ring<int> ring(5);
    std::deque<int> model;
    std::uint64_t pushed = 0;
    Random random(1);
    for (int step = 0; step < 2000; ++step) {
        if (random.chance(0.5) && !ring.full()) {
            EXPECT_EQ(ring.push(step), pushed++);
            model.push_back(step);
        } else if (!ring.empty()) {
            ASSERT_EQ(ring.pop(), model.front());
            model.pop_front();
        }
        ASSERT_EQ(ring.size(), model.size());
        ASSERT_EQ(ring.empty(), model.empty());
        ASSERT_EQ(ring.full(), model.size() == 5);
        ASSERT_EQ(ring.tail(), pushed);
        ASSERT_EQ(ring.tail() - ring.head(), model.size());
        for (std::size_t i = 0; i < model.size(); ++i)
            ASSERT_EQ(ring.at(ring.head() + i), model[i]);
        if (!model.empty()) {
            ASSERT_EQ(ring.front(), model.front());
        }
    }
}

TEST(Ring, PositionsNeverRepeat) {
    Ring<int> ring(2);
    for (std::uint64_t position = 0; position < 10; ++position) {
        EXPECT_EQ(ring.push(1), position);
        EXPECT_EQ(ring.head(), position);
        ring.pop();
    }
}

TEST(Ring, ChangesAnElementInItsPlace) {
    Ring<int> ring(3);
    ring.push(1);
    const std::uint64_t position = ring.push(2);
    ring.at(position) = 5;
    ring.pop();
    EXPECT_EQ(ring.pop(), 5);
}

TEST(Ring, LetsGoOfWhatIsPopped) {
    Ring<std::shared_ptr<int>> ring(2);
    const auto shared = std::make_shared<int>(1);
    ring.push(shared);
    static_cast<void>(ring.pop());
    EXPECT_EQ(shared.use_count(), 1);
}

TEST(RingDeathTest, EndsTheProgramOnMisuse) {
    Ring<int> ring(1);
    EXPECT_DEATH(ring.pop(), "an empty Ring gives nothing");
    EXPECT_DEATH(static_cast<void>(ring.at(0)), "a position that is in the Ring");
    ring.push(1);
    EXPECT_DEATH(ring.push(2), "a full Ring takes no more");
    EXPECT_DEATH(Ring<int>(0), "a Ring holds something");
}

}  // namespace
}  // namespace mcast
