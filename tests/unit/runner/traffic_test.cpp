// Four threads publish and two drain through one pair of nodes; everything is accounted for.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cstdio>

#include "tests/unit/runner/pair.hpp"

namespace mcast::runner_test {
namespace {

constexpr std::uint32_t kPublishers = 4;
constexpr std::uint32_t kDrainers = 2;
constexpr std::uint64_t kMessages = 20'000;  // of each publisher
// Messages on their way at most. Even one in each datagram they fit the socket's buffer where that
// could not be raised (net.core.rmem_max of 208 KiB), so that nothing is lost on the way.
constexpr std::uint64_t kWindow = 256;

struct Tally {
    std::array<std::vector<std::uint8_t>, kPublishers> seen;  // how often each message came
    std::atomic<std::uint64_t> published{0};
    std::atomic<std::uint64_t> delivered{0};
};

void publish_all(RunnerPublisher<Tick> mine, std::uint32_t thread, Tally& tally) {
    for (std::uint64_t number = 0; number < kMessages; ++number) {
        // Claimed before it is published, so that the window holds.
        const std::uint64_t ticket = tally.published.fetch_add(1);
        if (!eventually([&] { return ticket < tally.delivered.load() + kWindow; })) return;
        publish_surely(mine, number, thread, 32);
    }
}

void drain_all(RunnerSubscriber<Tick> mine, Tally& tally, Tally& own) {
    while (tally.delivered.load() < kPublishers * kMessages && mine.wait_for(kPatience))
        tally.delivered.fetch_add(mine.drain([&](const Sample<Tick>& tick) {
            ++own.seen.at(tick->getThread()).at(tick->getNumber());
        }));
}

TEST(RunnerTraffic, FourThreadsPublishAndTwoDrain) {
    Pair pair({}, {.queue_capacity = kWindow});
    Tally tally;
    std::array<Tally, kDrainers> own;
    for (Tally& each : own)
        for (auto& seen : each.seen)
            seen.resize(kMessages);
    const auto begun = std::chrono::steady_clock::now();
    std::vector<std::thread> drainers;
    for (Tally& each : own)
        drainers.emplace_back([&] { drain_all(pair.subscriber, tally, each); });
    std::vector<std::thread> publishers;
    for (std::uint32_t thread = 0; thread < kPublishers; ++thread)
        publishers.emplace_back([&, thread] { publish_all(pair.publisher, thread, tally); });
    for (std::thread& thread : publishers)
        thread.join();
    EXPECT_TRUE(eventually([&] { return tally.delivered.load() == kPublishers * kMessages; }));
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
    pair.receiver.stop();  // whoever waits comes back
    for (std::thread& thread : drainers)
        thread.join();

    for (std::uint32_t thread = 0; thread < kPublishers; ++thread)
        for (std::uint64_t number = 0; number < kMessages; ++number)
            ASSERT_EQ(own[0].seen[thread][number] + own[1].seen[thread][number], 1)
                << "message " << number << " of thread " << thread;
    const RunnerPublisherStats sent = pair.publisher.stats();
    const SubscriberStats received = pair.subscriber.stats();
    EXPECT_EQ(sent.node.published, kPublishers * kMessages);
    EXPECT_EQ(sent.node.payload_copies, 0u);
    EXPECT_EQ(sent.unsent + sent.node.unheard + sent.node.send_dropped, 0u);
    EXPECT_EQ(received.delivered, kPublishers * kMessages);
    EXPECT_EQ(received.datagrams, sent.node.datagrams);
    EXPECT_EQ(received.lost, 0u);
    EXPECT_EQ(received.payload_copies, 0u);
    std::printf(
        "4 threads publish, 2 drain: %.0f messages/s, %.1f in a datagram\n",
        static_cast<double>(kPublishers * kMessages) / took.count(),
        static_cast<double>(sent.node.published) / static_cast<double>(sent.node.datagrams));
}

}  // namespace
}  // namespace mcast::runner_test
