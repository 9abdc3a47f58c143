#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "tests/unit/runner/pair.hpp"

namespace mcast::runner_test {
namespace {

using Numbers = std::vector<std::uint64_t>;

TEST(RunnerPublish, AMessageArrivesWithoutAnybodySayingFlush) {
    Pair pair({}, {}, {.spin = 0s});
    ASSERT_TRUE(publish(pair.publisher, 7));
    EXPECT_EQ(receive(pair.subscriber, 1), Numbers{7});
    EXPECT_EQ(pair.publisher.stats().node.published, 1u);
}

TEST(RunnerPublish, MessagesOfOneThreadArriveInOrder) {
    constexpr std::uint64_t kCount = 2000;
    Pair pair({}, {.queue_capacity = 4096});
    Numbers numbers;
    for (std::uint64_t i = 0; i < kCount; ++i) {
        publish_surely(pair.publisher, i);
        if (i % 200 == 199)
            for (const std::uint64_t number : receive(pair.subscriber, 200 - 1))
                numbers.push_back(number);
    }
    while (numbers.size() < kCount) {
        const Numbers more = receive(pair.subscriber, 1);
        ASSERT_FALSE(more.empty());
        numbers.insert(numbers.end(), more.begin(), more.end());
    }
    Numbers expected(kCount);
    std::iota(expected.begin(), expected.end(), 0u);
    EXPECT_EQ(numbers, expected);
    EXPECT_EQ(pair.publisher.stats().node.payload_copies, 0u);
    EXPECT_EQ(pair.subscriber.stats().payload_copies, 0u);
}

TEST(RunnerPublish, MessagesShareDatagramsWhileTheIoThreadIsBusy) {
    constexpr std::uint64_t kCount = 100;
    Pair pair;
    pair.sender.call([&](Node&) {
        // The I/O thread is here: what others publish now has to wait.
        std::thread other([&] {
            for (std::uint64_t i = 0; i < kCount; ++i)
                EXPECT_TRUE(publish(pair.publisher, i));
        });
        other.join();
    });
    EXPECT_EQ(receive(pair.subscriber, kCount).size(), kCount);
    const RunnerPublisherStats stats = pair.publisher.stats();
    EXPECT_EQ(stats.node.published, kCount);
    // 24 bytes a message of two words and framing, at least 40 in a datagram of Ethernet's size.
    EXPECT_LE(stats.node.datagrams, kCount / 20);
    EXPECT_EQ(pair.sender.stats().handed_over, stats.node.datagrams);
}

TEST(RunnerPublish, AnExpressMessageHasADatagramOfItsOwn) {
    Pair pair({.express = true});
    for (std::uint64_t i = 0; i < 10; ++i)
        ASSERT_TRUE(publish(pair.publisher, i));
    EXPECT_EQ(receive(pair.subscriber, 10).size(), 10u);
    EXPECT_EQ(pair.publisher.stats().node.datagrams, 10u);
}

TEST(RunnerPublish, AMessageThatOutgrowsItsDatagramArrivesInOrderAndIsCounted) {
    Pair pair;
    publish_surely(pair.publisher, 1);
    publish_surely(pair.publisher, 2, 0, 100'000);
    publish_surely(pair.publisher, 3);
    EXPECT_EQ(receive(pair.subscriber, 3), (Numbers{1, 2, 3}));
    EXPECT_EQ(pair.publisher.stats().node.payload_copies, 1u);
    EXPECT_EQ(pair.publisher.stats().node.fragmented, 1u);
}

TEST(RunnerPublish, AnUnpublishedLoanGivesItsRoomBackZeroed) {
    Pair pair;
    for (int i = 0; i < 10; ++i) {
        auto loan = pair.publisher.loan();
        ASSERT_TRUE(loan);
        loan->root().setNumber(1000);
        auto data = loan->root().initData(64);
        std::fill(data.begin(), data.end(), kj::byte{0xff});
    }
    {
        auto loan = pair.publisher.loan();
        ASSERT_TRUE(loan);
        loan->root().initData(8);  // left as it is
        loan->publish();
        loan->publish();
    }
    std::size_t count = 0;
    while (count == 0 && pair.subscriber.wait_for(kPatience))
        count = pair.subscriber.drain([&](const Sample<Tick>& tick) {
            EXPECT_EQ(tick->getNumber(), 0u);
            for (const kj::byte byte : tick->getData())
                EXPECT_EQ(byte, 0);
        });
    EXPECT_EQ(count, 1u);
    EXPECT_EQ(pair.publisher.stats().node.published, 1u);
}

TEST(RunnerPublish, TwoLoansAtATimeAreTwoDatagrams) {
    Pair pair;
    {
        auto first = pair.publisher.loan();
        auto second = pair.publisher.loan();
        ASSERT_TRUE(first && second);
        first->root().setNumber(1);
        second->root().setNumber(2);
        second->publish();
        first->publish();
    }
    Numbers numbers = receive(pair.subscriber, 2);
    std::sort(numbers.begin(), numbers.end());
    EXPECT_EQ(numbers, (Numbers{1, 2}));
}

// How many loans can be had at a time, up to `limit`.
int loans_at_a_time(RunnerPublisher<Tick>& ticks, int limit) {
    if (limit == 0) return 0;
    const auto loan = ticks.loan();
    return loan ? 1 + loans_at_a_time(ticks, limit - 1) : 0;
}

TEST(RunnerPublish, LoansAreRefusedAndCountedWhenEveryBufferIsTaken) {
    Pair pair({}, {}, {.transmit_buffers = 4});
    EXPECT_EQ(loans_at_a_time(pair.publisher, 10), 4);
    EXPECT_EQ(pair.publisher.stats().refused_no_buffer, 1u);
    EXPECT_TRUE(eventually([&] { return loans_at_a_time(pair.publisher, 4) == 4; }))
        << "they came back";
    publish_surely(pair.publisher, 5);
    EXPECT_EQ(receive(pair.subscriber, 1), Numbers{5});
}

TEST(RunnerPublish, NobodyListeningIsCounted) {
    Runner runner = open("lonely");
    RunnerPublisher<Tick> ticks = runner.publisher<Tick>("ticks");
    ASSERT_TRUE(publish(ticks, 1));
    EXPECT_TRUE(eventually([&] { return ticks.stats().node.unheard == 1; }));
    ticks = {};
}

TEST(RunnerPublish, WhatWasPublishedBeforeTheLastPublisherWentIsSent) {
    Pair pair;
    for (std::uint64_t i = 0; i < 50; ++i)
        ASSERT_TRUE(publish(pair.publisher, i));
    pair.publisher = {};
    EXPECT_EQ(receive(pair.subscriber, 50).size(), 50u);
}

}  // namespace
}  // namespace mcast::runner_test
