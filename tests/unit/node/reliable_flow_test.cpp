// Who holds a publisher of a Reliable topic back, for how long, and that it goes on afterwards.
#include "tests/unit/node/reliable_lan.hpp"

namespace mcast::node_test {
namespace {

Qos small_queue() {
    Qos qos = ReliableLan::reliable();
    qos.queue_capacity = 8;
    return qos;
}

// Publishes until no more is taken, with a reader that polls but no longer drains. Before, beyond
// what is sent unasked at the beginning.
void fill(ReliableLan& lan, ReliableLan::Reader& reader) {
    lan.publish_many(200, 1, 1200);
    lan.run(100ms);
    reader.asleep = true;
    for (int i = 0; i < 400; ++i) {
        if (auto loan = lan.notes.loan()) {
            loan->root().setNumber(lan.published++);
            loan->root().initData(1200);
            loan->publish();
        }
        lan.step();
        reader.node.poll();
    }
}

TEST(ReliableFlow, AWindowWhoseOpeningWasLostOpensAllTheSame) {
    Qos patient = ReliableLan::reliable();
    patient.reliability.patience = Duration::max();
    ReliableLan lan(31, patient);
    auto& reader = lan.add_reader(small_queue());
    lan.settle();
    fill(lan, reader);
    for (int i = 0; i < 20'000; ++i) {
        lan.step();
        reader.node.poll();
    }
    ASSERT_FALSE(lan.notes.loan());
    EXPECT_EQ(lan.notes.acknowledged(), lan.notes.newest());
    // The one report after the drain does not arrive.
    lan.lan.partition("reader-1", "sender", sim::Direction::OneWay);
    reader.asleep = false;
    lan.run(100ms);
    lan.lan.heal();
    lan.run(1s);
    ASSERT_TRUE(lan.notes.loan());
    lan.publish_many(100);
    lan.run(100ms);
    EXPECT_EQ(reader.numbers, lan.everything());
}

TEST(ReliableFlow, ADrainedQueueIsToldWithoutAnyOtherReasonToWakeUp) {
    ReliableLan lan(32);
    auto& reader = lan.add_reader(small_queue());
    lan.settle();
    fill(lan, reader);
    drain_numbers(reader.notes);
    EXPECT_LE(reader.node.next_deadline(), reader.node.now() + 20ms);
}

TEST(ReliableFlow, WhoFellFarBehindGoesOnWithWhatIsNew) {
    Qos qos = ReliableLan::reliable();
    qos.reliability.flow = FlowControl::None;
    ReliableLan lan(33, qos);
    auto& reader = lan.add_reader();
    lan.settle();
    lan.publish_many(100);
    lan.lan.partition("sender", "reader-1", sim::Direction::OneWay);
    // A moment, at full speed: it stays up.
    while (lan.notes.newest() < 70'000)
        lan.publish_many(120, 120, 1200);
    ASSERT_EQ(reader.node.peers().at(0).state, PeerState::Up);
    lan.lan.heal();
    for (int i = 0; i < 500; ++i)
        lan.publish_many(1, 1);
    EXPECT_EQ(reader.numbers.back(), lan.published - 1);
    const StreamInfo stream = reader.node.streams().at(0);
    EXPECT_GT(stream.lost[static_cast<std::size_t>(StreamLoss::NotHeld)], 60'000u);
    expect_balanced(stream);
}

TEST(ReliableFlow, PatienceRunsForProgramsThatAskTwiceASecond) {
    ReliableLan lan(34);
    auto& awake = lan.add_reader();
    auto& full = lan.add_reader(small_queue());
    lan.settle();
    lan.publish_many(200, 1, 1200);
    full.asleep = true;  // polls, but does not drain
    for (int i = 0; i < 300; ++i) {
        lan.publish_many(lan.published < 300 ? 1 : 0, 1, 1200);
        lan.step();
        full.node.poll();
        if (!lan.notes.loan()) break;
    }
    ASSERT_FALSE(lan.notes.loan());
    const std::uint64_t before = lan.published;
    for (int frame = 0; frame < 20; ++frame) {
        if (auto loan = lan.notes.loan()) {
            loan->root().setNumber(lan.published++);
            loan->publish();
        }
        for (int i = 0; i < 2500; ++i) {
            lan.step();
            full.node.poll();
        }
    }
    EXPECT_EQ(of_kind(events_of(lan.sender), EventKind::Lagged).size(), 1u);
    EXPECT_GT(lan.published, before + 10);
    EXPECT_EQ(awake.numbers, lan.everything());
}

TEST(ReliableFlow, PatienceIsGivenBackOnceThereIsRoomAgain) {
    ReliableLan lan(35);
    auto& reader = lan.add_reader(small_queue());
    lan.settle();
    // Full for a while, again and again, and never for as long as patience lasts.
    for (int again = 0; again < 10; ++again) {
        fill(lan, reader);
        for (int i = 0; i < 2000; ++i) {
            static_cast<void>(lan.notes.loan());
            lan.step();
            reader.node.poll();
        }
        reader.asleep = false;
        for (int i = 0; i < 100; ++i)
            lan.publish_many(1, 1), lan.run(10ms);
    }
    EXPECT_TRUE(of_kind(events_of(lan.sender), EventKind::Lagged).empty());
    EXPECT_EQ(reader.numbers, lan.everything());
}

TEST(ReliableFlow, WhoLagsIsToldEachTimeThoughTheFirstWordIsLost) {
    Qos hasty = ReliableLan::reliable();
    hasty.reliability.patience = 200ms;
    ReliableLan lan(36, hasty);
    auto& reader = lan.add_reader(small_queue());
    lan.settle();
    for (int again = 0; again < 3; ++again) {
        events_of(reader.node);
        events_of(lan.sender);
        fill(lan, reader);
        // What tells it is lost, the first time.
        if (again == 0) lan.lan.partition("sender", "reader-1", sim::Direction::OneWay);
        for (int i = 0; i < 5000; ++i) {
            if (i < 1500) static_cast<void>(lan.notes.loan());
            if (i == 1500) lan.lan.heal();
            lan.step();
            reader.node.poll();
        }
        EXPECT_EQ(of_kind(events_of(lan.sender), EventKind::Lagged).size(), 1u) << again;
        EXPECT_EQ(of_kind(events_of(reader.node), EventKind::Lagged).size(), 1u) << again;
        reader.asleep = false;
        lan.run(1s);
        EXPECT_EQ(of_kind(events_of(lan.sender), EventKind::CaughtUp).size(), 1u) << again;
    }
}

TEST(ReliableFlow, APublisherThatComesBackWaitsAsItSaysNow) {
    Qos patient = ReliableLan::reliable();
    patient.reliability.patience = Duration::max();
    ReliableLan lan(37, patient);
    auto& reader = lan.add_reader(small_queue());
    lan.settle();
    fill(lan, reader);
    ASSERT_FALSE(lan.notes.loan());
    Qos qos = ReliableLan::reliable();
    qos.reliability.flow = FlowControl::None;
    lan.notes = {};
    lan.notes = lan.sender.publisher<Note>("notes", qos);
    lan.publish_many(1, 1, 1200);
    qos.reliability.flow = FlowControl::Slowest;
    qos.reliability.patience = 50ms;
    lan.notes = {};
    lan.notes = lan.sender.publisher<Note>("notes", qos);
    EXPECT_FALSE(lan.notes.loan());
    for (int i = 0; i < 1000; ++i) {
        static_cast<void>(lan.notes.loan());
        lan.step();
    }
    EXPECT_EQ(of_kind(events_of(lan.sender), EventKind::Lagged).size(), 1u);
}

// Its queue takes more than it has receive buffers.
TEST(ReliableFlow, WhoDoesNotDrainStillHearsWhoIsThere) {
    Qos waits = ReliableLan::reliable();
    waits.reliability.patience = Duration::max();
    ReliableLan lan(59, waits, {.receive_buffer_count = 128});
    Node node = Node::open({.name = "slow"}, lan.lan.host("slow", {{.name = "eth0"}})).value();
    Qos deep = ReliableLan::reliable();
    deep.queue_capacity = 1024;
    auto slow = node.subscriber<Note>("notes", deep);
    const auto step = [&] { lan.step(), node.poll(); };
    for (int i = 0; i < 2000; ++i)
        step();
    // One message fills a datagram.
    for (int i = 0; i < 50'000; ++i) {
        if (i % 20 == 0 && lan.published < 500)
            if (auto loan = lan.notes.loan()) {
                auto root = loan->root();
                root.setNumber(lan.published++);
                root.initData(1200);
                loan->publish();
            }
        step();
    }
    EXPECT_EQ(node.peers().size(), 1u);
    EXPECT_GT(lan.published, 100u);
    Numbers numbers;
    for (int i = 0; i < 20'000; ++i) {
        step();
        for (const std::uint64_t number : drain_numbers(slow))
            numbers.push_back(number);
    }
    EXPECT_EQ(numbers, lan.everything());
}

}  // namespace
}  // namespace mcast::node_test
