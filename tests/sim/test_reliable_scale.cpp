#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "mcast/node.hpp"
#include "mcast/sim.hpp"
#include "protocol/limits.hpp"
#include "tests/sim/world.capnp.h"

namespace worlds {
namespace {

using namespace std::chrono_literals;
using mcast::Duration;
using mcast::Instant;
using mcast::Node;

constexpr double kLoss = 0.01;  // of each datagram to each receiver
constexpr std::uint64_t kMessages = 1500;
constexpr Duration kStep = 500us;  // a message and a poll of everybody
constexpr Duration kWindow = 100ms;
constexpr mcast::sim::Options kOptions{.transmit_buffer_count = 512, .receive_buffer_count = 256};

mcast::NodeOptions options_of(std::string name, std::size_t receivers) {
    mcast::NodeOptions options;
    options.name = std::move(name);
    options.broadcast = false;
    options.limits.peers_max = static_cast<std::uint32_t>(receivers + 1);
    options.limits.topics_per_peer_max = 2;
    options.limits.topics_max = 2;
    options.limits.streams_max = 2;
    options.limits.targets_max = 2;
    options.limits.message_size_max = 4096;
    options.limits.reliable_streams_max = 1;
    options.limits.reorder_max = 512;
    options.log = [](mcast::LogLevel, std::string_view) {};
    return options;
}

// One publisher and many subscribers on one switch that loses.
class Hall {
public:
    explicit Hall(std::size_t receivers)
        : lan_(receivers, kOptions), sender_(open("sender", receivers)) {
        mcast::Qos qos{.delivery = mcast::Delivery::Reliable};
        qos.reliability.window = 256;
        qos.reliability.patience = Duration::max();
        publisher_ = sender_.publisher<Tick>("ticks", qos);
        for (std::size_t i = 0; i < receivers; ++i) {
            auto& receiver = receivers_.emplace_back(
                std::make_unique<Receiver>(open("receiver-" + std::to_string(i), receivers)));
            receiver->ticks =
                receiver->node.subscriber<Tick>("ticks", {.delivery = mcast::Delivery::Reliable});
        }
    }

    // Until everybody knows everybody: only then requests of one are overheard by all.
    bool settle() {
        const Instant end = lan_.now() + 60s;
        while (lan_.now() < end && !all_known()) {
            for (int i = 0; i < 200; ++i)
                step(5ms);
        }
        return all_known();
    }

    void publish_all() {
        lan_.set_faults("lan", {.loss = kLoss});
        for (std::uint64_t number = 0; number < kMessages;) {
            if (auto loan = publisher_.loan()) {
                auto message = loan->root();
                message.setNumber(number++);
                loan->publish();
            }
            step(kStep);
        }
    }

    // Until everybody has everything, and the publisher knows.
    bool finish() {
        const Instant end = lan_.now() + 20s;
        while (lan_.now() < end && publisher_.acknowledged() != publisher_.newest())
            step(kStep);
        return publisher_.acknowledged() == publisher_.newest();
    }

    // Everything, once, in order.
    [[nodiscard]] std::size_t complete() const {
        return static_cast<std::size_t>(
            std::count_if(receivers_.begin(), receivers_.end(), [](const auto& receiver) {
                return receiver->in_order && receiver->next == kMessages;
            }));
    }
    [[nodiscard]] const mcast::PublisherStats& stats() const { return publisher_.stats(); }
    [[nodiscard]] std::uint64_t newest() const { return publisher_.newest(); }
    // The most repairs, and the most new datagrams, in any window.
    [[nodiscard]] std::uint64_t repairs_peak() const { return repairs_peak_; }
    [[nodiscard]] std::uint64_t sent_peak() const { return sent_peak_; }

private:
    struct Receiver {
        explicit Receiver(Node&& opened) : node(std::move(opened)) {}
        Node node;
        mcast::Subscriber<Tick> ticks;
        std::uint64_t next = 0;
        bool in_order = true;
    };

    Node open(const std::string& name, std::size_t receivers) {
        return Node::open(options_of(name, receivers),
                          lan_.host(name, {{.name = "eth0", .ipv6 = false}}))
            .value();
    }

    [[nodiscard]] bool all_known() {
        if (publisher_.listeners() != receivers_.size()) return false;
        return std::all_of(receivers_.begin(), receivers_.end(), [&](const auto& receiver) {
            return receiver->node.peers().size() == receivers_.size();
        });
    }

    void step(Duration duration) {
        lan_.advance(duration);
        sender_.poll();
        for (const auto& receiver : receivers_) {
            receiver->node.poll();
            receiver->ticks.drain([&](const auto& sample) {
                receiver->in_order &= sample->getNumber() == receiver->next;
                ++receiver->next;
            });
            receiver->node.drain_events([](const mcast::Event&) {});
        }
        sender_.drain_events([](const mcast::Event&) {});
        if (lan_.now() - window_at_ >= kWindow) close_window();
    }

    void close_window() {
        const mcast::PublisherStats& stats = publisher_.stats();
        repairs_peak_ = std::max(repairs_peak_, stats.repairs - repairs_before_);
        sent_peak_ = std::max(sent_peak_, stats.datagrams - sent_before_);
        repairs_before_ = stats.repairs;
        sent_before_ = stats.datagrams;
        window_at_ = lan_.now();
    }

    mcast::sim::Lan lan_;
    Node sender_;
    mcast::Publisher<Tick> publisher_;
    std::vector<std::unique_ptr<Receiver>> receivers_;
    Instant window_at_{};
    std::uint64_t repairs_before_ = 0;
    std::uint64_t sent_before_ = 0;
    std::uint64_t repairs_peak_ = 0;
    std::uint64_t sent_peak_ = 0;
};

TEST(ReliableScale, RequestsGrowSlowerThanReceiversAndRepairsStayUnderTheirShare) {
    using namespace mcast::protocol;
    std::printf("%llu messages, %.0f %% loss to each receiver\n",
                static_cast<unsigned long long>(kMessages), kLoss * 100);
    std::vector<double> naks_each;
    for (const std::size_t receivers : std::initializer_list<std::size_t>{1, 5, 20, 100, 500}) {
        Hall hall(receivers);
        ASSERT_TRUE(hall.settle()) << receivers;
        hall.publish_all();
        EXPECT_TRUE(hall.finish()) << receivers;
        EXPECT_EQ(hall.complete(), receivers);
        const mcast::PublisherStats& stats = hall.stats();
        naks_each.push_back(static_cast<double>(stats.naks) / static_cast<double>(receivers));
        std::printf(
            "  %3zu receivers: %5llu requests at the publisher, %6.2f for each receiver; "
            "%4llu repairs, at most %llu in 100 ms\n",
            receivers, static_cast<unsigned long long>(stats.naks), naks_each.back(),
            static_cast<unsigned long long>(stats.repairs),
            static_cast<unsigned long long>(hall.repairs_peak()));
        // A bucket may be full at a window's beginning.
        const double seconds = std::chrono::duration<double>(kWindow).count();
        const double rate = static_cast<double>(hall.sent_peak()) / seconds;
        EXPECT_LE(static_cast<double>(hall.repairs_peak()),
                  std::max(rate * kRepairShare, kRepairRateMin) * seconds + kRepairBurst);
        // As many as datagrams that somebody misses, whether few do or hundreds.
        const double missed = static_cast<double>(hall.newest()) *
                              (1.0 - std::pow(1.0 - kLoss, static_cast<double>(receivers)));
        EXPECT_LT(static_cast<double>(stats.naks), 2.0 * missed);
        EXPECT_LT(static_cast<double>(stats.repairs), 1.5 * missed);
    }
    // The more receivers, the more of them one speaks for.
    EXPECT_LT(naks_each[3], 0.9 * naks_each[2]);
    EXPECT_LT(naks_each[4], 0.5 * naks_each[3]);
}

}  // namespace
}  // namespace worlds
