#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "mcast/runner.hpp"
#include "tests/unit/runner/runner_test.capnp.h"

namespace mcast::runner_test {

using namespace std::chrono_literals;
using ::runner_test::Tick;

inline constexpr auto kPatience = 20s;  // far more than anything takes

// Lets other threads work until `condition` holds; false if it never does.
template <typename Condition>
bool eventually(Condition&& condition) {
    for (const auto end = std::chrono::steady_clock::now() + kPatience; !condition();
         std::this_thread::yield())
        if (std::chrono::steady_clock::now() > end) return false;
    return true;
}

// On the loopback interface, in a domain of this process.
inline NodeOptions node_options(const std::string& name) {
    NodeOptions options;
    options.domain = "runner-test-" + std::to_string(::getpid());
    options.name = name;
    options.interfaces = {"lo"};
    options.ipv6 = false;
    options.announce_interval = 100ms;
    options.log = [](LogLevel, std::string_view) {};
    return options;
}

inline Runner open(const std::string& name, const RunnerOptions& options = {}) {
    return Runner::open(node_options(name), options).value();
}

inline bool publish(RunnerPublisher<Tick>& ticks, std::uint64_t number, std::uint32_t thread = 0,
                    std::size_t data_size = 0) {
    auto loan = ticks.loan();
    if (!loan) return false;
    auto root = loan->root();
    root.setThread(thread);
    root.setNumber(number);
    if (data_size > 0) root.initData(static_cast<unsigned>(data_size));
    loan->publish();
    return true;
}

// Publishes, waiting for buffers if there are none.
inline void publish_surely(RunnerPublisher<Tick>& ticks, std::uint64_t number,
                           std::uint32_t thread = 0, std::size_t data_size = 0) {
    EXPECT_TRUE(eventually([&] { return publish(ticks, number, thread, data_size); }));
}

// The numbers of the next `count` messages at least.
inline std::vector<std::uint64_t> receive(RunnerSubscriber<Tick>& ticks, std::size_t count) {
    std::vector<std::uint64_t> numbers;
    while (numbers.size() < count && ticks.wait_for(kPatience))
        ticks.drain([&](const Sample<Tick>& tick) { numbers.push_back(tick->getNumber()); });
    return numbers;
}

// Two runners on one host that have found each other, with a topic between them.
struct Pair {
    explicit Pair(const Qos& publisher_qos = {}, const Qos& subscriber_qos = {},
                  const RunnerOptions& options = {})
        : sender(open("sender", options)),
          receiver(open("receiver")),
          publisher(sender.publisher<Tick>("ticks", publisher_qos)),
          subscriber(receiver.subscriber<Tick>("ticks", subscriber_qos)) {
        EXPECT_TRUE(publisher && subscriber);
        EXPECT_TRUE(eventually([&] { return publisher.listeners() == 1; }));
    }

    Runner sender;
    Runner receiver;
    RunnerPublisher<Tick> publisher;
    RunnerSubscriber<Tick> subscriber;
};

}  // namespace mcast::runner_test
