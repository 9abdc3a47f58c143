// From publish() to drain(): order, batching, delivery kinds, what is counted.
#include "tests/unit/node/cable.hpp"

namespace mcast::node_test {
namespace {

TEST(Publish, ArrivesOnceAndInOrder) {
    Pair pair;
    auto notes = pair.sender.publisher<Note>("notes");
    auto reader = pair.receiver.subscriber<Note>("notes");
    pair.settle();
    Numbers expected;
    Numbers arrived;
    for (std::uint64_t i = 0; i < 300; ++i) {
        publish(notes, i, i % 7 * 40);
        expected.push_back(i);
        if (i % 5 == 0) pair.turn();
        for (const std::uint64_t number : drain_numbers(reader))
            arrived.push_back(number);
    }
    pair.turn();
    for (const std::uint64_t number : drain_numbers(reader))
        arrived.push_back(number);
    EXPECT_EQ(arrived, expected);
    EXPECT_EQ(notes.stats().published, 300u);
    EXPECT_EQ(notes.stats().payload_copies, 0u);
    EXPECT_EQ(reader.stats().delivered, 300u);
    EXPECT_EQ(reader.stats().delivered_bytes, notes.stats().published_bytes);
    EXPECT_EQ(reader.stats().datagrams, notes.stats().datagrams);
    EXPECT_EQ(reader.stats().lost, 0u);
}

TEST(Publish, SamplesSayWhereTheyComeFrom) {
    Pair pair;
    auto notes = pair.sender.publisher<Note>("notes");
    auto reader = pair.receiver.subscriber<Note>("notes");
    pair.settle();
    publish(notes, 1);
    pair.turn();
    EXPECT_EQ(reader.drain([&](const Sample<Note>& note) {
        EXPECT_EQ(note.peer(), pair.sender.id());
        EXPECT_EQ(note.interface(), InterfaceIndex{2});
        EXPECT_EQ(note.sequence(), 1u);
        EXPECT_EQ(note.topic(), topic_id("notes", capnp::typeId<Note>()));
        EXPECT_EQ(note.sent_at().time_since_epoch(), pair.link.now().time_since_epoch());
    }),
              1u);
}

TEST(Publish, SmallMessagesShareADatagram) {
    Pair pair;
    auto notes = pair.sender.publisher<Note>("notes");
    auto reader = pair.receiver.subscriber<Note>("notes");
    pair.settle();
    // 64 bytes each: 22 of them and the header fill a datagram of 1472.
    for (std::uint64_t i = 0; i < 44; ++i)
        publish(notes, i, 24);
    EXPECT_EQ(notes.stats().published_bytes, 44u * 64);
    pair.turn();
    EXPECT_EQ(notes.stats().datagrams, 2u);
    EXPECT_EQ(reader.stats().datagrams, 2u);
    EXPECT_EQ(drain_numbers(reader).size(), 44u);
}

TEST(Publish, LeavesWithTheNextPoll) {
    Pair pair;
    auto notes = pair.sender.publisher<Note>("notes");
    auto reader = pair.receiver.subscriber<Note>("notes");
    pair.settle();
    publish(notes, 1);
    pair.receiver.poll();
    EXPECT_TRUE(drain_numbers(reader).empty());
    pair.sender.poll();
    pair.receiver.poll();
    EXPECT_EQ(drain_numbers(reader), Numbers{1});
}

TEST(Publish, ExpressLeavesAtOnce) {
    Pair pair;
    auto notes = pair.sender.publisher<Note>("notes", {.express = true});
    auto reader = pair.receiver.subscriber<Note>("notes");
    pair.settle();
    publish(notes, 1);
    publish(notes, 2);
    pair.receiver.poll();
    EXPECT_EQ(drain_numbers(reader), (Numbers{1, 2}));
    EXPECT_EQ(notes.stats().datagrams, 2u);
}

TEST(Publish, SendsNothingWhileNobodyListens) {
    Pair pair;
    auto notes = pair.sender.publisher<Note>("notes");
    pair.settle();
    EXPECT_EQ(notes.listeners(), 0u);
    publish(notes, 1);
    pair.turn();
    EXPECT_EQ(notes.stats().unheard, 1u);
    EXPECT_EQ(notes.stats().datagrams, 0u);
    auto reader = pair.receiver.subscriber<Note>("notes");
    pair.settle();
    EXPECT_EQ(notes.listeners(), 1u);
    EXPECT_EQ(reader.publishers(), 1u);
    publish(notes, 2);
    pair.turn();
    EXPECT_EQ(drain_numbers(reader), Numbers{2});
    { const auto gone = std::move(reader); }
    pair.settle();
    EXPECT_EQ(notes.listeners(), 0u);
}

TEST(Publish, AFullQueueDropsTheOldest) {
    Pair pair;
    auto notes = pair.sender.publisher<Note>("notes", {.express = true});
    auto reader = pair.receiver.subscriber<Note>("notes", {.queue_capacity = 3});
    pair.settle();
    for (std::uint64_t i = 1; i <= 5; ++i)
        publish(notes, i);
    pair.receiver.poll();
    EXPECT_EQ(drain_numbers(reader), (Numbers{3, 4, 5}));
    EXPECT_EQ(reader.stats().dropped[DropCause::QueueFull], 2u);
    EXPECT_EQ(pair.receiver.stats().dropped[DropCause::QueueFull], 2u);
}

TEST(Latest, ALateDrainSeesTheNewestAlone) {
    Pair pair;
    auto state = pair.sender.publisher<Note>("state", {.delivery = Delivery::Latest});
    auto reader = pair.receiver.subscriber<Note>("state", {.delivery = Delivery::Latest});
    pair.settle();
    for (std::uint64_t i = 1; i <= 10; ++i) {
        publish(state, i);
        pair.turn();
    }
    EXPECT_EQ(drain_numbers(reader), Numbers{10});
    EXPECT_EQ(reader.stats().delivered, 1u);
    EXPECT_EQ(reader.stats().dropped[DropCause::Stale], 9u);
    EXPECT_TRUE(drain_numbers(reader).empty());
    publish(state, 11);
    pair.turn();
    EXPECT_EQ(drain_numbers(reader), Numbers{11});
}

TEST(Latest, IsConflatedBeforeItLeaves) {
    Pair pair;
    auto state = pair.sender.publisher<Note>("state", {.delivery = Delivery::Latest});
    auto reader = pair.receiver.subscriber<Note>("state", {.delivery = Delivery::Latest});
    pair.settle();
    for (std::uint64_t i = 1; i <= 10; ++i)
        publish(state, i);
    pair.turn();
    EXPECT_EQ(state.stats().conflated, 9u);
    EXPECT_EQ(state.stats().datagrams, 1u);
    EXPECT_EQ(drain_numbers(reader), Numbers{10});
}

TEST(Latest, KeepsOneOfEachStream) {
    Cable cable;
    Node one = cable.open({.name = "one"});
    Node two = cable.open({.name = "two"});
    Node receiver = cable.open({.name = "receiver"});
    auto of_one = one.publisher<Note>("state", {.delivery = Delivery::Latest});
    auto of_two = two.publisher<Note>("state", {.delivery = Delivery::Latest});
    auto reader = receiver.subscriber<Note>("state", {.delivery = Delivery::Latest});
    cable.settle({&one, &two, &receiver});
    for (std::uint64_t i = 1; i <= 3; ++i) {
        publish(of_one, i);
        publish(of_two, 100 + i);
        cable.turn({&one, &two, &receiver});
    }
    EXPECT_EQ(drain_numbers(reader), (Numbers{3, 103}));
}

TEST(Latest, OnlyTheLastMessageOfADatagramCounts) {
    Pair pair;
    // Published as best effort, several to a datagram; the subscriber wants the latest.
    auto state = pair.sender.publisher<Note>("state");
    auto reader = pair.receiver.subscriber<Note>("state", {.delivery = Delivery::Latest});
    pair.settle();
    for (std::uint64_t i = 1; i <= 4; ++i)
        publish(state, i);
    pair.turn();
    EXPECT_EQ(drain_numbers(reader), Numbers{4});
    EXPECT_EQ(reader.stats().dropped[DropCause::Stale], 3u);
}

}  // namespace
}  // namespace mcast::node_test
