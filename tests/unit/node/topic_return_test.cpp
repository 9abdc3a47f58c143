// Topics that are dropped and come back, as the same or as something else: their streams go on.
#include <algorithm>
#include <functional>

#include "tests/unit/node/reliable_lan.hpp"

namespace mcast::node_test {
namespace {

// A node that publishes two topics at most, of those that it had before.
struct Crowded {
    sim::Lan lan{61};
    Node sender = Node::open({.name = "sender", .limits = {.topics_max = 2}},
                             lan.host("sender", {{.name = "eth0"}}))
                      .value();
    Node reader = Node::open({.name = "reader"}, lan.host("reader", {{.name = "eth0"}})).value();

    void run(Duration duration) {
        for (const Instant end = lan.now() + duration; lan.now() < end;) {
            lan.advance(ReliableLan::kStep);
            sender.poll();
            reader.poll();
        }
    }
    void use_up_topics() {
        for (const char* name : {"b", "c", "d"})
            auto other = sender.publisher<Note>(name);
    }
};

TEST(TopicReturn, OfAForgottenTopicGoesOnWithItsSequence) {
    for (const Delivery delivery : {Delivery::Reliable, Delivery::BestEffort}) {
        Crowded two;
        auto notes = two.reader.subscriber<Note>("a", {.delivery = delivery});
        Numbers numbers;
        std::uint64_t number = 0;
        for (int again = 0; again < 3; ++again) {
            auto publisher = two.sender.publisher<Note>("a", {.delivery = delivery});
            two.run(200ms);
            for (int i = 0; i < 20; ++i) {
                publish(publisher, number++, 1200);
                two.run(1ms);
            }
            two.run(200ms);
            if (delivery == Delivery::Reliable) {
                EXPECT_TRUE(publisher.flush_until_acknowledged(two.sender.now()));
            }
            for (const std::uint64_t each : drain_numbers(notes))
                numbers.push_back(each);
            publisher = {};
            two.use_up_topics();
        }
        Numbers all(60);
        for (std::uint64_t i = 0; i < all.size(); ++i)
            all[i] = i;
        EXPECT_EQ(numbers, all);
        EXPECT_EQ(notes.stats().lost, 0u);
    }
}

TEST(TopicReturn, WhatIsNotYetRepairedIsForgottenLast) {
    Crowded two;
    auto notes = two.reader.subscriber<Note>("a", ReliableLan::reliable());
    auto publisher = two.sender.publisher<Note>("a", ReliableLan::reliable());
    auto other = two.sender.publisher<Note>("b", ReliableLan::reliable());
    two.run(500ms);
    two.lan.set_faults("lan", {.loss = 1});
    publish(publisher, 7);
    publisher = {};
    two.run(1ms);
    other = {};
    auto third = two.sender.publisher<Note>("c");
    two.lan.heal();
    two.run(1s);
    EXPECT_EQ(drain_numbers(notes), Numbers{7});
}

TEST(TopicReturn, AStreamThatNobodyWantsReliablyAnyMoreGoesOnAsBestEffort) {
    Qos qos = ReliableLan::reliable();
    ReliableLan lan(62, qos);
    auto& reader = lan.add_reader({.delivery = Delivery::BestEffort});
    auto strict = reader.node.subscriber<Note>("notes", ReliableLan::reliable());
    lan.settle();
    lan.publish_many(50, 1, 1200);
    ASSERT_TRUE(reader.node.streams().at(0).delivery == Delivery::Reliable);
    strict = {};
    lan.run(300ms);
    lan.lan.set_faults("lan", {.loss = 0.05});
    reader.numbers.clear();
    const std::uint64_t before = lan.published;
    lan.publish_many(500, 1, 1200);
    // With its gaps, and without a pause for any of them.
    EXPECT_GT(reader.numbers.size(), 400u);
    EXPECT_GT(reader.numbers.back(), before + 480);
    EXPECT_TRUE(std::is_sorted(reader.numbers.begin(), reader.numbers.end()));
    EXPECT_EQ(reader.node.streams().at(0).delivery, Delivery::BestEffort);
    // … and back: from there on nothing is lost, and nothing comes twice.
    strict = reader.node.subscriber<Note>("notes", ReliableLan::reliable());
    lan.run(2s);
    drain_numbers(strict);
    Numbers wanted;
    Numbers strictly;
    for (int i = 0; i < 500; ++i) {
        wanted.push_back(lan.published);
        lan.publish_many(1, 1, 1200);
        if (i == 499) lan.run(500ms);
        for (const std::uint64_t number : drain_numbers(strict))
            strictly.push_back(number);
    }
    EXPECT_EQ(strictly, wanted);
    EXPECT_EQ(
        std::adjacent_find(reader.numbers.begin(), reader.numbers.end(), std::greater_equal<>()),
        reader.numbers.end());
}

TEST(TopicReturn, AsReliableIsReceivedSo) {
    ReliableLan lan(63, {});
    auto& reader = lan.add_reader();
    lan.settle();
    lan.publish_many(50, 1, 1200);
    lan.run(10ms);
    EXPECT_EQ(reader.numbers, lan.everything());
    lan.notes = {};
    lan.notes = lan.sender.publisher<Note>("notes", ReliableLan::reliable());
    lan.run(500ms);
    lan.lan.set_faults("lan", {.loss = 0.05});
    lan.publish_many(1000, 1, 1200);
    lan.run(500ms);
    EXPECT_EQ(reader.numbers, lan.everything());
    EXPECT_EQ(lan.notes.acknowledged(), lan.notes.newest());
    expect_balanced(reader.node.streams().at(0));
}

}  // namespace
}  // namespace mcast::node_test
