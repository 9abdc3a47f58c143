#include <gtest/gtest.h>

#include <deque>
#include <stdexcept>

#include "tests/unit/runner/pair.hpp"

namespace mcast::runner_test {
namespace {

using Numbers = std::vector<std::uint64_t>;

// Publishes each in a datagram of its own, and waits until all wait in the receiver's queues.
void publish_unread(Pair& pair, std::uint64_t count, std::uint64_t queues = 1) {
    const std::uint64_t before = pair.receiver.stats().handed_out;
    for (std::uint64_t i = 1; i <= count; ++i)
        publish_surely(pair.publisher, i);
    ASSERT_TRUE(
        eventually([&] { return pair.receiver.stats().handed_out - before == queues * count; }));
}

TEST(RunnerSubscribe, OfASlowConsumerTheOldestAreDroppedAndCounted) {
    Pair pair({.express = true}, {.queue_capacity = 8});
    publish_unread(pair, 20);
    EXPECT_EQ(receive(pair.subscriber, 8), (Numbers{13, 14, 15, 16, 17, 18, 19, 20}));
    const SubscriberStats stats = pair.subscriber.stats();
    EXPECT_EQ(stats.dropped[DropCause::QueueFull], 12u);
    EXPECT_EQ(stats.delivered, 8u);
    EXPECT_EQ(stats.datagrams, 20u);
}

TEST(RunnerSubscribe, OfALatestTopicOnlyTheNewestIsSeen) {
    const Qos latest{.delivery = Delivery::Latest, .express = true};
    Pair pair(latest, latest);
    for (std::uint64_t i = 1; i <= 10; ++i)
        publish_surely(pair.publisher, i);
    std::uint64_t newest = 0;
    while (newest != 10 && pair.subscriber.wait_for(kPatience))
        EXPECT_LE(pair.subscriber.drain([&](const Sample<Tick>& tick) {
            EXPECT_GT(tick->getNumber(), newest);
            newest = tick->getNumber();
        }),
                  1u);
    EXPECT_EQ(newest, 10u);
    const SubscriberStats stats = pair.subscriber.stats();
    EXPECT_EQ(
        stats.delivered + stats.dropped[DropCause::Stale] + pair.publisher.stats().node.conflated,
        10u);
}

TEST(RunnerSubscribe, CopiesShareAQueueAndOthersHaveTheirOwn) {
    Pair pair({.express = true});
    RunnerSubscriber<Tick> copy = pair.subscriber;
    RunnerSubscriber<Tick> other = pair.receiver.subscriber<Tick>("ticks");
    publish_unread(pair, 40, 2);
    Numbers numbers;
    pair.subscriber.drain([&](const Sample<Tick>& tick) {
        numbers.push_back(tick->getNumber());
        copy.drain([&](const Sample<Tick>& same) { numbers.push_back(same->getNumber()); });
    });
    EXPECT_EQ(numbers.size(), 40u);
    EXPECT_EQ(receive(other, 40).size(), 40u);
}

TEST(RunnerSubscribe, AHeldSampleOutlivesItsRunner) {
    std::deque<Buffer> held;
    {
        Pair pair;
        publish_surely(pair.publisher, 42);
        while (held.empty() && pair.subscriber.wait_for(kPatience))
            pair.subscriber.drain([&](const Sample<Tick>& tick) { held.push_back(tick.hold()); });
    }
    ASSERT_EQ(held.size(), 1u);
    EXPECT_EQ(Held<Tick>(held.front())->getNumber(), 42u);
    std::thread([&] { held.clear(); }).join();
}

TEST(RunnerSubscribe, ASampleTellsWhereItComesFrom) {
    Pair pair;
    publish_surely(pair.publisher, 1);
    PeerId sender;
    ASSERT_TRUE(pair.sender.call([&](Node& node) { sender = node.id(); }));
    ASSERT_TRUE(pair.subscriber.wait_for(kPatience));
    pair.subscriber.drain([&](const Sample<Tick>& tick) {
        EXPECT_EQ(tick.peer(), sender);
        EXPECT_EQ(tick.sequence(), 1u);
        EXPECT_LE(tick.sent_at(), tick.received_at());
        EXPECT_NE(tick.interface(), InterfaceIndex{});
    });
}

TEST(RunnerSubscribe, WhatAHandlerLeftBehindIsDrainedNext) {
    Pair pair({.express = true});
    publish_unread(pair, 5);
    EXPECT_THROW(pair.subscriber.drain([](const Sample<Tick>&) { throw std::runtime_error("!"); }),
                 std::runtime_error);
    EXPECT_EQ(receive(pair.subscriber, 4), (Numbers{2, 3, 4, 5}));
}

TEST(RunnerSubscribe, WhatNobodyReadsAfterThatIsCounted) {
    Pair pair({.express = true});
    RunnerSubscriber<Tick> copy = pair.subscriber;
    publish_unread(pair, 5);
    EXPECT_THROW(copy.drain([](const Sample<Tick>&) { throw std::runtime_error("!"); }),
                 std::runtime_error);
    copy = {};
    EXPECT_EQ(pair.subscriber.stats().dropped[DropCause::QueueFull], 4u);
}

TEST(RunnerSubscribe, ABadMessageEndsAtDrainAndIsCounted) {
    Pair pair;
    for (std::uint64_t i = 1; i <= 3; ++i)
        publish_surely(pair.publisher, i);
    Numbers numbers;
    const auto read = [&](const Sample<Tick>& tick) {
        if (tick->getNumber() == 2)
            kj::throwFatalException(KJ_EXCEPTION(FAILED, "as from hostile bytes"));
        numbers.push_back(tick->getNumber());
    };
    while (numbers.size() < 2 && pair.subscriber.wait_for(kPatience))
        pair.subscriber.drain(read);
    EXPECT_EQ(numbers, (Numbers{1, 3}));
    EXPECT_EQ(pair.subscriber.stats().dropped[DropCause::MalformedMessage], 1u);
    EXPECT_EQ(pair.subscriber.stats().delivered, 2u);
}

TEST(RunnerSubscribe, WaitingEndsWhenTimeIsUp) {
    Runner runner = open("idle");
    RunnerSubscriber<Tick> ticks = runner.subscriber<Tick>("ticks");
    EXPECT_FALSE(ticks.wait_for(1ms));
    ticks = {};
}

}  // namespace
}  // namespace mcast::runner_test
