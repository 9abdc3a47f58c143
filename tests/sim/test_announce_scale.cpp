#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <numeric>
#include <vector>

#include "protocol/limits.hpp"
#include "tests/sim/announce_channel.hpp"
#include "wire/control.hpp"
#include "wire/header.hpp"

namespace worlds {
namespace {

using namespace std::chrono_literals;
using mcast::protocol::kAnnounceBandwidth;

constexpr std::size_t kCrowd = 10000;
constexpr double kLoss = 0.1;

// Of a node with a name and four topics, as couch's host has.
std::size_t announcement_size() {
    mcast::wire::Announcement announcement;
    announcement.name = "controller-12345";
    announcement.software = "libmcast 0.1.0";
    std::vector<mcast::wire::AnnouncedTopic> topics(4);
    for (mcast::wire::AnnouncedTopic& topic : topics)
        topic.name = "a-topic-name";
    announcement.topics = topics;
    return mcast::wire::kHeaderSize + mcast::wire::announcement_size(announcement);
}

double seconds(Duration duration) {
    return std::chrono::duration<double>(duration).count();
}

struct Rate {
    double mean = 0;  // bytes a second
    double peak = 0;  // of the busiest second
};

Rate rate(const AnnounceChannel& channel, Instant from) {
    const auto& bytes = channel.bytes_by_second();
    const auto first =
        bytes.begin() +
        std::chrono::duration_cast<std::chrono::seconds>(from.time_since_epoch()).count();
    if (first >= bytes.end()) return {};
    const double sum = std::accumulate(first, bytes.end(), 0.0);
    return {sum / static_cast<double>(bytes.end() - first),
            static_cast<double>(*std::max_element(first, bytes.end()))};
}

// One more node than the crowd, which comes last.
TEST(AnnounceScale, TenThousandNodesStayUnderTheNamedBandwidth) {
    const std::size_t size = announcement_size();
    AnnounceChannel channel(
        1,
        {.announcer_count = kCrowd + 1, .announcement_size = size, .way_count = 3, .loss = kLoss});
    // A hall that is switched on: all within ten seconds.
    mcast::Random random(2);
    for (std::size_t i = 0; i < kCrowd; ++i) {
        channel.start(i, Instant{} + random.duration(0s, 10s));
    }
    channel.run_until(Instant{10s});
    while (channel.unknown_pairs() > 0 && channel.now() < Instant{1h}) {
        channel.run_until(channel.now() + 1s);
    }
    const Duration interval = channel.interval(0);
    std::printf("%zu nodes, announcements of %zu bytes sent in 3 ways, %.0f %% loss\n", kCrowd,
                size, kLoss * 100);
    std::printf("  start of all within 10 s: %.0f B/s, at most %.0f B in a second\n",
                rate(channel, Instant{}).mean, rate(channel, Instant{}).peak);
    std::printf("  everybody knows everybody after %.0f s; interval %.1f s\n",
                seconds(channel.now().time_since_epoch()), seconds(interval));
    EXPECT_EQ(channel.unknown_pairs(), 0u);

    // What the start has stirred up may take an interval to calm down.
    channel.run_until(channel.now() + 2 * interval);
    const Instant steady = channel.now();
    channel.run_until(steady + 2 * interval);
    const Rate calm = rate(channel, steady);
    std::printf("  steady state: %.0f B/s, at most %.0f B in a second; limit %llu B/s\n", calm.mean,
                calm.peak, static_cast<unsigned long long>(kAnnounceBandwidth));
    EXPECT_GT(calm.mean, 0.0);
    EXPECT_LE(calm.peak, static_cast<double>(kAnnounceBandwidth));

    const Instant arrival = channel.now();
    channel.start(kCrowd, arrival);
    while (channel.heard_by(kCrowd) < kCrowd && channel.now() < arrival + 1h) {
        channel.run_until(channel.now() + 1s);
    }
    std::printf("  one more node knows all after %.0f s\n", seconds(channel.now() - arrival));
    channel.run_until(std::max(channel.now(), arrival + interval));
    const Rate stirred = rate(channel, arrival);
    std::printf("  meanwhile: %.0f B/s, at most %.0f B in a second\n", stirred.mean, stirred.peak);
    EXPECT_EQ(channel.heard_by(kCrowd), kCrowd);
    EXPECT_LE(stirred.mean, static_cast<double>(kAnnounceBandwidth));
}

}  // namespace
}  // namespace worlds
