// In steady state a node allocates nothing, and copies no message that fits a datagram.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <utility>

#include "mcast/mcast.hpp"
#include "mcast/socket.hpp"
#include "mcast/uring.hpp"
#include "tests/support/allocation_count.hpp"
#include "tests/support/memory_link.hpp"
#include "tests/unit/node/node_test.capnp.h"

namespace {

using namespace std::chrono_literals;
using mcast::Delivery;
using mcast::Node;
using node_test::Note;

struct Outcome {
    std::uint64_t allocations = 0;
    std::uint64_t payload_copies = 0;
    std::uint64_t delivered = 0;
    std::uint64_t published = 0;
};

// Publishes and drains on both delivery kinds for `turns`, after a warm-up of as many; `turn` moves
// time and polls both nodes.
template <typename Turn>
Outcome run_steady(Node& sender, Node& receiver, int turns, Turn&& turn,
                   const mcast::Qos& qos = {}) {
    auto notes = sender.publisher<Note>("notes", qos);
    auto states = sender.publisher<Note>("states", {.delivery = Delivery::Latest, .express = true});
    auto note_reader = receiver.subscriber<Note>("notes", qos);
    auto state_reader = receiver.subscriber<Note>("states", {.delivery = Delivery::Latest});
    for (int i = 0; i < 400 && (notes.listeners() == 0 || states.listeners() == 0); ++i)
        turn();
    Outcome outcome;
    mcast::test::AllocationCount allocated;
    for (int i = 0; i < 2 * turns; ++i) {
        if (i == turns) {
            allocated = {};
            outcome.delivered = outcome.published = 0;
        }
        for (int n = 0; n < 10; ++n) {
            if (auto loan = notes.loan()) {
                loan->root().setNumber(static_cast<std::uint64_t>(i));
                loan->root().initData(static_cast<unsigned>(n * 16));
                loan->publish();
                ++outcome.published;
            }
        }
        if (auto loan = states.loan()) {
            loan->root().setNumber(static_cast<std::uint64_t>(i));
            loan->publish();
        }
        turn();
        outcome.delivered += note_reader.drain(
            [](const mcast::Sample<Note>& note) { EXPECT_EQ(note->getData().size() % 16, 0u); });
        state_reader.drain([](const mcast::Sample<Note>&) {});
        receiver.drain_events([](const mcast::Event&) {});
        sender.drain_events([](const mcast::Event&) {});
    }
    outcome.allocations = allocated.since();
    outcome.payload_copies = notes.stats().payload_copies + states.stats().payload_copies +
                             note_reader.stats().payload_copies + sender.stats().payload_copies +
                             receiver.stats().payload_copies;
    return outcome;
}

TEST(SteadyState, AllocatesAndCopiesNothing) {
    mcast::support::MemoryLink link;
    auto sender = Node::open({.name = "sender"}, link.host()).value();
    auto receiver = Node::open({.name = "receiver"}, link.host()).value();
    // 2,000 turns of 10 ms: twenty announcements of each fall into it.
    const Outcome outcome = run_steady(sender, receiver, 2000, [&] {
        link.advance(10ms);
        sender.poll();
        receiver.poll();
    });
    EXPECT_EQ(outcome.allocations, 0u);
    EXPECT_EQ(outcome.payload_copies, 0u);
    EXPECT_EQ(outcome.delivered, outcome.published);
}

TEST(SteadyState, AllocatesAndCopiesNothingReliably) {
    for (const std::uint8_t parity : {std::uint8_t{0}, std::uint8_t{2}}) {
        mcast::Qos qos{.delivery = Delivery::Reliable, .history = 20};
        qos.reliability.parity = {.data = 8, .parity = parity};
        mcast::support::MemoryLink link;
        auto sender = Node::open({.name = "sender"}, link.host()).value();
        auto receiver = Node::open({.name = "receiver"}, link.host()).value();
        const auto turn = [&] {
            link.advance(10ms);
            sender.poll();
            receiver.poll();
        };
        const Outcome outcome = run_steady(sender, receiver, 1000, turn, qos);
        EXPECT_EQ(outcome.allocations, 0u);
        EXPECT_EQ(outcome.payload_copies, 0u);
        EXPECT_EQ(outcome.delivered, outcome.published);
        EXPECT_GT(outcome.delivered, 0u);
    }
}

TEST(SteadyState, AllocatesAndCopiesNothingOverIoUring) {
    const auto open = [](const char* name) {
        mcast::Host host = mcast::uring::host({.fallback = false}).value();
        return Node::open({.domain = "allocation-test-uring", .name = name, .interfaces = {"lo"}},
                          std::move(host))
            .value();
    };
    auto sender = open("s");
    auto receiver = open("r");
    const Outcome outcome = run_steady(sender, receiver, 300, [&] {
        sender.poll();
        receiver.wait_until(receiver.now() + 5ms);
    });
    EXPECT_EQ(outcome.allocations, 0u);
    EXPECT_EQ(outcome.payload_copies, 0u);
    EXPECT_GT(outcome.delivered, 0u);
}

TEST(SteadyState, AllocatesAndCopiesNothingOverKernelSockets) {
    auto sender =
        Node::open({.domain = "allocation-test", .name = "s", .interfaces = {"lo"}}).value();
    auto receiver =
        Node::open({.domain = "allocation-test", .name = "r", .interfaces = {"lo"}}).value();
    const Outcome outcome = run_steady(sender, receiver, 300, [&] {
        sender.poll();
        receiver.wait_until(receiver.now() + 5ms);
    });
    EXPECT_EQ(outcome.allocations, 0u);
    EXPECT_EQ(outcome.payload_copies, 0u);
    EXPECT_GT(outcome.delivered, 0u);
}

TEST(SteadyState, AllocatesAndCopiesNothingReliablyOverKernelSockets) {
    const auto open = [](const char* name) {
        return Node::open(
                   {.domain = "allocation-test-reliable", .name = name, .interfaces = {"lo"}})
            .value();
    };
    auto sender = open("s");
    auto receiver = open("r");
    const auto turn = [&] {
        sender.poll();
        receiver.wait_until(receiver.now() + 5ms);
    };
    const Outcome outcome =
        run_steady(sender, receiver, 300, turn, {.delivery = Delivery::Reliable});
    EXPECT_EQ(outcome.allocations, 0u);
    EXPECT_EQ(outcome.payload_copies, 0u);
    EXPECT_GT(outcome.delivered, 0u);
}

// The counter counts: what outgrows its datagram allocates, and is counted as a copy.
TEST(SteadyState, IsLeftByAMessageThatOutgrowsItsDatagram) {
    mcast::support::MemoryLink link;
    auto sender = Node::open({.name = "sender"}, link.host()).value();
    auto notes = sender.publisher<Note>("notes");
    const mcast::test::AllocationCount allocated;
    auto loan = notes.loan();
    ASSERT_TRUE(loan);
    loan->root().initData(100'000);
    loan->publish();
    EXPECT_GT(allocated.since(), 0u);
    EXPECT_EQ(notes.stats().payload_copies, 1u);
}

}  // namespace
