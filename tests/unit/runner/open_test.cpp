// What a runner says when it cannot start, and what it lets one do with its node.
#include <gtest/gtest.h>

#include <pthread.h>

#include <csignal>

#include "tests/unit/runner/pair.hpp"

namespace mcast::runner_test {
namespace {

std::string refusal(const NodeOptions& node, const RunnerOptions& options) {
    const Result<Runner> runner = Runner::open(node, options);
    return runner ? "" : runner.error().what;
}

TEST(RunnerOpen, SaysWhichCoresThereAre) {
    const std::string what = refusal(node_options("pinned"), {.core = 1000});
    EXPECT_EQ(what.find("open pinned: pin the I/O thread to core 1000: Invalid argument; "
                        "this process may use 0"),
              0u)
        << what;
}

TEST(RunnerOpen, SaysThatAThreadNameIsTooLong) {
    EXPECT_EQ(refusal(node_options("a"), {.thread_name = "sixteen-letters-"}),
              "open a: thread_name 'sixteen-letters-': give at most 15 bytes");
}

TEST(RunnerOpen, SaysHowManyTransmitBuffersThereAre) {
    EXPECT_EQ(refusal(node_options("a"), {.transmit_buffers = 1u << 20})
                  .find("open a: transmit_buffers 1048576: transport 'socket' has "),
              0u);
}

TEST(RunnerOpen, PassesOnWhatTheNodeSays) {
    NodeOptions options = node_options("a");
    options.domain = "";
    EXPECT_EQ(refusal(options, {}), "open a: domain '': give 1 to 255 bytes");
}

TEST(RunnerOpen, PassesOnWhatTheHostSays) {
    RunnerOptions options;
    options.host = []() -> Result<Host> {
        return Error{ErrorCode::Unsupported, 0, "no such device"};
    };
    EXPECT_EQ(refusal(node_options("a"), options), "open a: no such device");
}

TEST(RunnerOpen, ItsThreadHasItsNameAndItsCoreAndTakesNoSignal) {
    cpu_set_t mine;
    ASSERT_EQ(sched_getaffinity(0, sizeof mine, &mine), 0);
    int core = 0;
    while (!CPU_ISSET(static_cast<std::size_t>(core), &mine))
        ++core;
    Runner runner = open("named", {.core = core, .thread_name = "io-of-named"});
    char name[16] = "";
    int core_count = 0;
    bool takes_signals = true;
    EXPECT_TRUE(runner.call([&](Node&) {
        pthread_getname_np(pthread_self(), name, sizeof name);
        cpu_set_t set;
        if (sched_getaffinity(0, sizeof set, &set) == 0) core_count = CPU_COUNT(&set);
        sigset_t blocked;
        pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
        takes_signals = sigismember(&blocked, SIGINT) == 0;
    }));
    EXPECT_STREQ(name, "io-of-named");
    EXPECT_EQ(core_count, 1);
    EXPECT_FALSE(takes_signals);
}

TEST(RunnerOpen, ARefusedTopicIsFalseAndAnEventSaysWhy) {
    Runner runner = open("refusing");
    RunnerPublisher<Tick> first = runner.publisher<Tick>("ticks");
    RunnerPublisher<Tick> second = runner.publisher<Tick>("ticks");
    RunnerSubscriber<Tick> bad = runner.subscriber<Tick>("");
    EXPECT_TRUE(first);
    EXPECT_FALSE(second);
    EXPECT_FALSE(bad);
    EXPECT_FALSE(second.loan().has_value());
    EXPECT_EQ(second.listeners(), 0u);
    EXPECT_EQ(second.stats().node.published, 0u);
    EXPECT_FALSE(bad.wait_for(0s));
    EXPECT_EQ(bad.drain([](const Sample<Tick>&) {}), 0u);
    EXPECT_EQ(bad.stats().delivered, 0u);
    std::vector<std::string> said;
    EXPECT_TRUE(eventually([&] {
        runner.drain_events([&](const Event& event) {
            if (event.kind == EventKind::Refused) said.emplace_back(event.text);
        });
        return said.size() == 2;
    }));
    EXPECT_NE(said[0].find("topic 'ticks' has a publisher in this node already"),
              std::string::npos);
}

TEST(RunnerOpen, ReliableTopicsAreRefusedWithAReason) {
    Runner runner = open("refusing");
    const Qos reliable{.delivery = Delivery::Reliable};
    EXPECT_FALSE(runner.publisher<Tick>("log", reliable));
    EXPECT_FALSE(runner.subscriber<Tick>("log", reliable));
    std::size_t refused = 0;
    runner.drain_events([&](const Event& event) {
        refused += event.kind == EventKind::Refused &&
                   event.text.find("Reliable") != std::string_view::npos;
    });
    EXPECT_EQ(refused, 2u);
}

TEST(RunnerOpen, ATopicCanBeTakenAgainOnceAllItsPublishersAreGone) {
    Runner runner = open("again");
    {
        RunnerPublisher<Tick> first = runner.publisher<Tick>("ticks");
        const RunnerPublisher<Tick> copy = first;
        first = {};
        EXPECT_FALSE(runner.publisher<Tick>("ticks")) << "the copy has it still";
    }
    EXPECT_TRUE(runner.publisher<Tick>("ticks"));
}

TEST(RunnerOpen, EventsTellWhoIsThere) {
    Runner first = open("first");
    Runner second = open("second");
    std::string name;
    EXPECT_TRUE(eventually([&] {
        first.drain_events([&](const Event& event) {
            if (event.kind == EventKind::PeerUp) name = event.peer_name;
        });
        return !name.empty();
    }));
    EXPECT_EQ(name, "second");
}

TEST(RunnerOpen, EventsThatNobodyDrainsAreCounted) {
    RunnerOptions options;
    options.events_max = 8;
    Runner runner = open("deaf", options);
    for (int i = 0; i < 20; ++i)
        EXPECT_FALSE(runner.subscriber<Tick>(""));
    // The last refusal reaches the queue in a turn after the one that made it.
    EXPECT_TRUE(eventually([&] { return runner.stats().events_dropped >= 12; }));
    EXPECT_EQ(runner.drain_events([](const Event&) {}), 8u);
}

TEST(RunnerOpen, ACallSeesTheNode) {
    Runner runner = open("called");
    std::string name;
    EXPECT_TRUE(runner.call([&](Node& node) { name = node.name(); }));
    EXPECT_EQ(name, "called");
}

TEST(RunnerOpen, OneThatSleepsLeavesItsCoreAloneAndOneThatSpinsDoesNot) {
    Runner sleeper = open("sleeper", {.spin = 0s});
    EXPECT_TRUE(eventually([&] { return sleeper.stats().sleeps > 0; }));
    Runner spinner = open("spinner", {.spin = Duration::max()});
    EXPECT_TRUE(eventually([&] { return spinner.stats().turns > 1000; }));
    EXPECT_EQ(spinner.stats().sleeps, 0u);
}

TEST(RunnerOpen, ARunnerCanBeMoved) {
    Runner first = open("moved");
    RunnerPublisher<Tick> ticks = first.publisher<Tick>("ticks");
    Runner second = std::move(first);
    EXPECT_TRUE(publish(ticks, 1));
    EXPECT_TRUE(eventually([&] { return ticks.stats().node.published == 1; }));
    ticks = {};
}

}  // namespace
}  // namespace mcast::runner_test
