#include <gtest/gtest.h>

#include <atomic>

#include "tests/unit/runner/pair.hpp"

namespace mcast::runner_test {
namespace {

TEST(RunnerStop, WhatWasPublishedBeforeIsSentAndWhatArrivedCanBeDrained) {
    Pair pair;
    for (std::uint64_t i = 0; i < 100; ++i)
        ASSERT_TRUE(publish(pair.publisher, i));
    pair.sender.stop();
    EXPECT_EQ(pair.publisher.stats().node.published, 100u);
    ASSERT_TRUE(pair.subscriber.wait_for(kPatience));
    ASSERT_TRUE(eventually([&] {
        const SubscriberStats stats = pair.subscriber.stats();
        return stats.datagrams == pair.publisher.stats().node.datagrams;
    }));
    pair.receiver.stop();
    EXPECT_EQ(receive(pair.subscriber, 100).size(), 100u);
    EXPECT_EQ(pair.subscriber.stats().delivered, 100u);
}

TEST(RunnerStop, ItMayBeAskedForTwice) {
    Runner runner = open("twice");
    runner.stop();
    runner.stop();
}

TEST(RunnerStop, AfterwardsLoansAreRefusedAndCountedAndNothingHangs) {
    Pair pair;
    pair.sender.stop();
    pair.receiver.stop();
    EXPECT_FALSE(publish(pair.publisher, 1));
    EXPECT_EQ(pair.publisher.stats().refused_stopped, 1u);
    EXPECT_EQ(pair.publisher.listeners(), 0u);
    EXPECT_FALSE(pair.subscriber.wait_for(kPatience));
    EXPECT_FALSE(pair.sender.call([](Node&) {}));
    EXPECT_FALSE(pair.sender.publisher<Tick>("more"));
    EXPECT_FALSE(pair.receiver.subscriber<Tick>("more"));
    EXPECT_GT(pair.sender.stats().turns, 0u);
    EXPECT_GT(pair.sender.stats().node.sent, 0u);
}

TEST(RunnerStop, ALoanThatIsPublishedAfterwardsIsCountedAsUnsent) {
    Pair pair;
    {
        auto loan = pair.publisher.loan();
        ASSERT_TRUE(loan);
        pair.sender.stop();
        loan->root().setNumber(1);
        loan->publish();
    }
    EXPECT_EQ(pair.publisher.stats().unsent, 1u);
    EXPECT_EQ(pair.publisher.stats().node.published, 0u);
}

TEST(RunnerStop, TheLogTellsOfUnsentMessages) {
    std::string said;
    {
        NodeOptions options = node_options("late");
        options.log = [&](LogLevel, std::string_view line) { said += line; };
        Runner runner = Runner::open(options).value();
        RunnerPublisher<Tick> ticks = runner.publisher<Tick>("ticks");
        auto loan = ticks.loan();
        ASSERT_TRUE(loan);
        runner.stop();
        loan->publish();
    }
    EXPECT_EQ(said.find("1 messages were published after stop() and not sent"), 0u) << said;
}

TEST(RunnerStop, WhoeverWaitsComesBack) {
    Pair pair;
    std::thread waiter([&] {
        RunnerSubscriber<Tick> mine = pair.subscriber;
        while (mine.wait_for(kPatience))
            mine.drain([](const Sample<Tick>&) {});
    });
    pair.receiver.stop();
    waiter.join();
}

// Threads publish until they are refused: each message was taken over, or is counted as unsent.
TEST(RunnerStop, WhileThreadsPublishNothingIsLostUncounted) {
    for (int round = 0; round < 5; ++round) {
        Pair pair({}, {.queue_capacity = 4096});
        std::atomic<std::uint64_t> published{0};
        std::atomic<std::uint64_t> refused{0};
        std::vector<std::thread> threads;
        for (std::uint32_t i = 0; i < 3; ++i)
            threads.emplace_back([&, mine = pair.publisher]() mutable {
                for (std::uint64_t count = 0;; ++count) {
                    if (publish(mine, count)) {
                        published.fetch_add(1);
                        continue;
                    }
                    refused.fetch_add(1);
                    if (mine.stats().refused_stopped > 0) return;
                    std::this_thread::yield();
                }
            });
        EXPECT_TRUE(eventually([&] { return published.load() > 500; }));
        pair.sender.stop();
        for (std::thread& thread : threads)
            thread.join();
        threads.clear();
        const RunnerPublisherStats stats = pair.publisher.stats();
        EXPECT_EQ(stats.node.published + stats.unsent, published.load());
        EXPECT_EQ(stats.refused_no_buffer + stats.refused_stopped, refused.load());
    }
}

TEST(RunnerStop, TheOtherSideHearsABye) {
    Runner stays = open("stays");
    Runner leaves = open("leaves");
    std::string text;
    const auto listen = [&](EventKind kind) {
        return eventually([&] {
            bool seen = false;
            stays.drain_events([&](const Event& event) {
                if (event.kind != kind) return;
                seen = true;
                text = event.text;
            });
            return seen;
        });
    };
    ASSERT_TRUE(listen(EventKind::PeerUp));
    leaves.stop();
    ASSERT_TRUE(listen(EventKind::PeerDown));
    EXPECT_EQ(text, "closed");
}

}  // namespace
}  // namespace mcast::runner_test
