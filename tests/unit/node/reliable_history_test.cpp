// What publishers of Reliable topics hold to send it again: within its bounds, also together, and
// never what somebody still needs.
#include "tests/unit/node/reliable_lan.hpp"

namespace mcast::node_test {
namespace {

Qos without_flow_control() {
    Qos qos = ReliableLan::reliable();
    qos.reliability.flow = FlowControl::None;
    return qos;
}

Qos endless_patience() {
    Qos qos = ReliableLan::reliable();
    qos.reliability.patience = Duration::max();
    return qos;
}

// Takes up few receive buffers, however little is drained.
Qos small_queue() {
    Qos qos = ReliableLan::reliable();
    qos.queue_capacity = 2;
    return qos;
}

// Publishes in datagrams of their own as many as are taken, `count` at most.
int fill(ReliableLan& lan, Publisher<Note>& publisher, int count) {
    int done = 0;
    for (int i = 0; i < count; ++i) {
        if (auto loan = publisher.loan()) {
            loan->root().setNumber(static_cast<std::uint64_t>(done++));
            loan->root().initData(1200);
            loan->publish();
        }
        lan.step();
    }
    return done;
}

TEST(ReliableHistory, OfDroppedPublishersDoesNotUseUpTheTransmitBuffers) {
    ReliableLan lan(51);
    auto& reader = lan.add_reader();
    auto other = reader.node.subscriber<Note>("last", ReliableLan::reliable());
    lan.settle();
    for (int i = 0; i < 4; ++i) {
        auto publisher =
            lan.sender.publisher<Note>("topic-" + std::to_string(i), without_flow_control());
        auto listener =
            reader.node.subscriber<Note>("topic-" + std::to_string(i), ReliableLan::reliable());
        lan.settle();
        EXPECT_EQ(fill(lan, publisher, 200), 200) << i;
        drain_numbers(listener);
    }
    auto last = lan.sender.publisher<Note>("last", without_flow_control());
    // Long enough that the reader would take a sender that no longer announces itself for gone.
    lan.run(10s);
    EXPECT_EQ(last.listeners(), 1u);
    EXPECT_EQ(other.publishers(), 1u);
    EXPECT_EQ(fill(lan, last, 5), 5);
    lan.run(100ms);
    EXPECT_EQ(drain_numbers(other), (Numbers{0, 1, 2, 3, 4}));
    // All of it is free again for one that is used.
    lan.publish_many(90, 30, 1200);
    lan.run(100ms);
    EXPECT_EQ(reader.numbers, lan.everything());
}

TEST(ReliableHistory, IsSharedByThoseWhoComeOneAfterTheOther) {
    ReliableLan lan(52, without_flow_control());
    auto& reader = lan.add_reader();
    lan.settle();
    std::vector<Publisher<Note>> publishers;
    std::vector<Subscriber<Note>> listeners;
    for (int i = 0; i < 5; ++i) {
        const std::string topic = "topic-" + std::to_string(i);
        publishers.push_back(lan.sender.publisher<Note>(topic, without_flow_control()));
        listeners.push_back(reader.node.subscriber<Note>(topic, small_queue()));
        lan.settle();
        EXPECT_EQ(fill(lan, publishers.back(), 200), 200) << i;
    }
    lan.run(10s);
    for (auto& publisher : publishers)
        EXPECT_EQ(publisher.listeners(), 1u);
    ASSERT_EQ(reader.node.peers().size(), 1u);
    EXPECT_EQ(reader.node.peers()[0].state, PeerState::Up);
}

TEST(ReliableHistory, OfSubscribersThatTakeNothingLeavesRoomForAnnouncements) {
    ReliableLan lan(53);
    auto& reader = lan.add_reader();
    lan.settle();
    std::vector<Publisher<Note>> publishers;
    std::vector<Subscriber<Note>> listeners;
    // Nobody drains, and everybody is waited for.
    for (int i = 0; i < 7; ++i) {
        const std::string topic = "topic-" + std::to_string(i);
        publishers.push_back(lan.sender.publisher<Note>(topic, endless_patience()));
        listeners.push_back(reader.node.subscriber<Note>(topic, small_queue()));
        lan.settle();
        fill(lan, publishers.back(), 200);
    }
    lan.run(10s);
    for (auto& publisher : publishers)
        EXPECT_EQ(publisher.listeners(), 1u);
    ASSERT_EQ(reader.node.peers().size(), 1u);
    EXPECT_EQ(reader.node.peers()[0].state, PeerState::Up);
    // … and for none is anything lost.
    for (int i = 0; i < 2000; ++i) {
        for (auto& listener : listeners)
            drain_numbers(listener);
        lan.step();
    }
    for (std::size_t i = 0; i < publishers.size(); ++i) {
        EXPECT_EQ(publishers[i].acknowledged(), publishers[i].newest()) << i;
        EXPECT_EQ(listeners[i].stats().lost, 0u) << i;
    }
}

}  // namespace
}  // namespace mcast::node_test
