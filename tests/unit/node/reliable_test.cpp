// Reliable topics: in order, each once, all of it, whatever the network does; and what is said when
// that cannot be.
#include <algorithm>

#include "tests/unit/node/reliable_lan.hpp"

namespace mcast::node_test {
namespace {

std::vector<Event> gaps_of(Node& node) {
    std::vector<Event> gaps;
    node.drain_events([&](const Event& event) {
        if (event.kind == EventKind::Gap) gaps.push_back(event);
    });
    return gaps;
}

TEST(Reliable, ArrivesCompleteAndInOrderThroughLoss) {
    for (const double loss : {0.01, 0.05, 0.3}) {
        ReliableLan lan(7);
        auto& reader = lan.add_reader();
        lan.settle();
        lan.lan.set_faults("lan", {.loss = loss});
        lan.publish_many(2000);
        lan.run(500ms);
        EXPECT_EQ(reader.numbers, lan.everything()) << loss;
        EXPECT_EQ(reader.notes.stats().lost, 0u) << loss;
        EXPECT_GT(reader.notes.stats().repaired, 0u) << loss;
        EXPECT_GT(lan.notes.stats().repairs, 0u) << loss;
        ASSERT_EQ(reader.node.streams().size(), 1u);
        expect_balanced(reader.node.streams()[0]);
        lan.run(2s);
        EXPECT_EQ(lan.notes.acknowledged(), lan.notes.newest()) << loss;
    }
}

TEST(Reliable, OrderSurvivesReorderingAndDuplicates) {
    ReliableLan lan(8);
    auto& reader = lan.add_reader();
    lan.settle();
    lan.lan.set_faults("lan", {.loss = 0.02, .duplicate = 0.1, .reorder = 0.2, .jitter = 1ms});
    lan.publish_many(2000);
    lan.run(500ms);
    EXPECT_EQ(reader.numbers, lan.everything());
    expect_balanced(reader.node.streams().at(0));
}

TEST(Reliable, TheLastMessageIsRepairedThoughNothingFollows) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        ReliableLan lan(seed);
        auto& reader = lan.add_reader();
        lan.settle();
        lan.lan.set_faults("lan", {.loss = 0.5});
        lan.publish_many(1);
        lan.run(1s);
        EXPECT_EQ(reader.numbers, lan.everything()) << seed;
    }
}

TEST(Reliable, LargeMessagesAreCompletedInOrder) {
    ReliableLan lan(9, ReliableLan::reliable(), {.transmit_buffer_count = 512});
    auto& reader = lan.add_reader();
    lan.settle();
    lan.lan.set_faults("lan", {.loss = 0.05});
    for (int i = 0; i < 20; ++i) {
        lan.publish_many(1, 1, 60'000);
        lan.publish_many(3, 1, 100);
    }
    lan.run(500ms);
    EXPECT_EQ(reader.numbers, lan.everything());
    EXPECT_EQ(reader.notes.stats().reassembled, 20u);
    expect_balanced(reader.node.streams().at(0));
}

TEST(Reliable, ALargeMessageThatWasBuiltTooEarlyWaits) {
    // Each takes 43 datagrams of the 48 that may be held.
    ReliableLan lan(22, ReliableLan::reliable(), {.transmit_buffer_count = 64});
    auto& reader = lan.add_reader();
    lan.settle();
    for (int i = 0; i < 10; ++i) {
        auto first = lan.notes.loan();
        if (!first) {
            lan.step();
            continue;
        }
        first->root().setNumber(lan.published++);
        first->root().initData(60'000);
        first->publish();
    }
    EXPECT_GT(lan.published, 1u);
    lan.run(500ms);
    EXPECT_EQ(reader.numbers, lan.everything());
    EXPECT_TRUE(lan.notes.flush_until_acknowledged(lan.sender.now()));
}

TEST(Reliable, ALargeMessagePassesASmallQueue) {
    Qos small = ReliableLan::reliable();
    small.queue_capacity = 2;
    ReliableLan lan(24, ReliableLan::reliable(), {.transmit_buffer_count = 512});
    auto& reader = lan.add_reader(small);
    lan.settle();
    lan.lan.set_faults("lan", {.loss = 0.05});
    for (int i = 0; i < 5; ++i)
        lan.publish_many(1, 1, 60'000);
    lan.run(500ms);
    EXPECT_EQ(reader.numbers, lan.everything());
}

TEST(Reliable, SeveralReceiversMissDifferentDatagrams) {
    ReliableLan lan(10);
    for (int i = 0; i < 8; ++i)
        lan.add_reader();
    lan.settle();
    lan.lan.set_faults("lan", {.loss = 0.05});
    lan.publish_many(1000);
    lan.run(500ms);
    for (const auto& reader : lan.readers)
        EXPECT_EQ(reader.numbers, lan.everything()) << reader.host;
    EXPECT_EQ(lan.notes.receivers().size(), 8u);
}

TEST(Reliable, ASleeperHoldsTheOthersBackForPatienceOnly) {
    Qos qos = ReliableLan::reliable();
    qos.reliability.patience = 100ms;
    ReliableLan lan(11, qos);
    auto& awake = lan.add_reader();
    auto& sleeper = lan.add_reader();
    lan.settle();
    sleeper.asleep = true;
    lan.publish_many(12'000);
    lan.run(100ms);
    EXPECT_EQ(awake.numbers, lan.everything());
    EXPECT_GT(lan.notes.stats().held_back, 0u);
    EXPECT_EQ(of_kind(events_of(lan.sender), EventKind::Lagged).size(), 1u);
    sleeper.asleep = false;
    lan.run(300ms);
    lan.publish_many(100);
    lan.run(300ms);
    const auto events = events_of(sleeper.node);
    EXPECT_EQ(of_kind(events, EventKind::Lagged).size(), 1u);
    EXPECT_EQ(of_kind(events, EventKind::Gap).size(), 1u);
    EXPECT_EQ(of_kind(events_of(lan.sender), EventKind::CaughtUp).size(), 1u);
    const StreamInfo stream = sleeper.node.streams().at(0);
    EXPECT_GT(stream.lost[static_cast<std::size_t>(StreamLoss::NotHeld)], 0u);
    expect_balanced(stream);
    EXPECT_TRUE(std::is_sorted(sleeper.numbers.begin(), sleeper.numbers.end()));
    EXPECT_EQ(sleeper.numbers.back(), lan.published - 1);
}

TEST(Reliable, PatienceRunsForProgramsThatAskNowAndThen) {
    Qos qos = ReliableLan::reliable();
    qos.reliability.patience = 100ms;
    ReliableLan lan(11, qos);
    auto& awake = lan.add_reader();
    auto& sleeper = lan.add_reader();
    lan.settle();
    sleeper.asleep = true;
    // More polls than attempts: a frame of 10 ms each.
    for (int frame = 0; frame < 150; ++frame) {
        lan.publish_many(1, 1);
        lan.run(10ms);
    }
    for (int i = 0; i < 300 && lan.published < 400; ++i) {
        for (int burst = 0; burst < 20; ++burst) {
            auto loan = lan.notes.loan();
            if (!loan) break;
            loan->root().setNumber(lan.published++);
            loan->root().initData(1000);
            loan->publish();
        }
        lan.run(10ms);
    }
    EXPECT_GE(lan.published, 400u);
    EXPECT_EQ(awake.numbers, lan.everything());
    EXPECT_EQ(of_kind(events_of(lan.sender), EventKind::Lagged).size(), 1u);
}

TEST(Reliable, WithoutFlowControlNobodyWaits) {
    Qos qos = ReliableLan::reliable();
    qos.reliability.flow = FlowControl::None;
    ReliableLan lan(12, qos);
    auto& reader = lan.add_reader();
    lan.settle();
    reader.asleep = true;
    lan.publish_many(3000);
    EXPECT_EQ(lan.notes.stats().held_back, 0u);
    reader.asleep = false;
    lan.run(500ms);
    EXPECT_EQ(reader.numbers.back(), lan.published - 1);
    expect_balanced(reader.node.streams().at(0));
}

TEST(Reliable, WhatIsTooLateIsSkippedAndSaid) {
    Qos qos = ReliableLan::reliable();
    qos.reliability.deadline = 5ms;
    ReliableLan lan(13);
    auto& reader = lan.add_reader(qos);
    lan.settle();
    // Nothing goes back: no repair can be asked for.
    lan.lan.partition("reader-1", "sender", sim::Direction::OneWay);
    lan.lan.set_faults("lan", {.loss = 0.1});
    lan.publish_many(200, 1);
    lan.run(100ms);
    const auto gaps = gaps_of(reader.node);
    ASSERT_FALSE(gaps.empty());
    EXPECT_EQ(gaps[0].cause, GapCause::Expired);
    EXPECT_TRUE(std::is_sorted(reader.numbers.begin(), reader.numbers.end()));
    EXPECT_GT(reader.numbers.size(), 100u);
    expect_balanced(reader.node.streams().at(0));
}

TEST(Reliable, LateJoinersGetTheLastMessages) {
    Qos qos = ReliableLan::reliable();
    qos.history = 5;
    ReliableLan lan(14, qos);
    lan.settle();
    lan.publish_many(100);
    auto& reader = lan.add_reader();
    lan.run(1s);
    EXPECT_EQ(reader.numbers, (Numbers{95, 96, 97, 98, 99}));
    lan.publish_many(1);
    lan.run(10ms);
    EXPECT_EQ(reader.numbers.back(), 100u);
    EXPECT_EQ(reader.numbers.size(), 6u);
}

TEST(Reliable, LateJoinersWithoutHistoryBeginWhereTheyCame) {
    ReliableLan lan(15);
    auto& early = lan.add_reader();
    lan.settle();
    lan.publish_many(100);
    auto& late = lan.add_reader();
    lan.settle();
    lan.publish_many(10);
    lan.run(100ms);
    EXPECT_EQ(early.numbers, lan.everything());
    ASSERT_EQ(late.numbers.size(), 10u);
    EXPECT_EQ(late.numbers.front(), 100u);
}

TEST(Reliable, ThePublisherKnowsWhoGotWhat) {
    ReliableLan lan(16);
    auto& reader = lan.add_reader();
    lan.settle();
    EXPECT_EQ(lan.notes.acknowledged(), lan.notes.newest());
    lan.publish_many(10, 10);
    EXPECT_FALSE(lan.notes.flush_until_acknowledged(lan.sender.now()));
    lan.run(100ms);
    EXPECT_TRUE(lan.notes.flush_until_acknowledged(lan.sender.now()));
    EXPECT_EQ(lan.notes.acknowledged(reader.node.id()), lan.notes.newest());
    EXPECT_EQ(lan.notes.acknowledged(PeerId{1}), 0u);
    const auto receivers = lan.notes.receivers();
    ASSERT_EQ(receivers.size(), 1u);
    EXPECT_EQ(receivers[0].peer_name, "reader-1");
    EXPECT_EQ(receivers[0].outstanding, 0u);
    EXPECT_GT(receivers[0].round_trip.count(), 0);
}

TEST(Reliable, AGonePublisherLeavesAGapNotAStall) {
    ReliableLan lan(17);
    auto& reader = lan.add_reader();
    lan.settle();
    lan.publish_many(10);
    lan.lan.partition("reader-1", "sender", sim::Direction::OneWay);
    lan.lan.set_faults("lan", {.loss = 0.4});
    lan.publish_many(100, 1);
    lan.lan.partition("sender", "reader-1");
    lan.run(8s);
    const auto gaps = gaps_of(reader.node);
    ASSERT_FALSE(gaps.empty());
    EXPECT_EQ(gaps.back().cause, GapCause::PeerGone);
    EXPECT_TRUE(reader.node.streams().empty());
    EXPECT_TRUE(std::is_sorted(reader.numbers.begin(), reader.numbers.end()));
    // … and goes on where it was.
    lan.lan.heal();
    lan.run(3s);
    lan.publish_many(10);
    lan.run(500ms);
    EXPECT_EQ(reader.numbers.back(), lan.published - 1);
    EXPECT_EQ(std::adjacent_find(reader.numbers.begin(), reader.numbers.end()),
              reader.numbers.end());
}

TEST(Reliable, WhatFindsNoRoomWhenThePublisherGoesIsSaid) {
    Qos small = ReliableLan::reliable();
    small.queue_capacity = 2;
    ReliableLan lan(23);
    auto& reader = lan.add_reader(small);
    lan.settle();
    reader.asleep = true;  // polls, but does not drain
    const auto turn = [&] {
        lan.step();
        reader.node.poll();
    };
    for (int i = 0; i < 20; ++i) {
        lan.publish_many(1, 1, 1200);
        turn();
    }
    lan.lan.partition("sender", "reader-1");
    for (int i = 0; i < 40'000; ++i)
        turn();
    EXPECT_EQ(drain_numbers(reader.notes), (Numbers{0, 1}));
    const auto gaps = gaps_of(reader.node);
    ASSERT_EQ(gaps.size(), 1u);
    EXPECT_EQ(gaps[0].cause, GapCause::PeerGone);
    EXPECT_EQ(gaps[0].first, 3u);
    EXPECT_EQ(gaps[0].last, 20u);
}

Qos with_parity() {
    Qos qos = ReliableLan::reliable();
    qos.reliability.parity = {.data = 8, .parity = 2};
    return qos;
}

TEST(Parity, RepairsWithoutAsking) {
    ReliableLan lan(19, with_parity());
    auto& reader = lan.add_reader();
    lan.settle();
    lan.publish_many(200);
    lan.lan.set_faults("lan", {.loss = 0.02});
    lan.publish_many(4000, 10, 1000);
    lan.run(500ms);
    EXPECT_EQ(reader.numbers, lan.everything());
    const SubscriberStats& stats = reader.notes.stats();
    EXPECT_GT(stats.recovered, 40u);
    EXPECT_LT(stats.repaired, stats.recovered / 4);
    EXPECT_GT(lan.notes.stats().parity, 800u);
    expect_balanced(reader.node.streams().at(0));
    EXPECT_EQ(reader.node.streams().at(0).recovered, stats.recovered);
}

TEST(Parity, ServesWhereNothingCanBeAskedFor) {
    Qos late = ReliableLan::reliable();
    late.reliability.deadline = 100ms;
    Qos qos = with_parity();
    qos.reliability.flow = FlowControl::None;
    ReliableLan lan(20, qos);
    auto& reader = lan.add_reader(late);
    lan.settle();
    lan.publish_many(200);
    lan.lan.partition("reader-1", "sender", sim::Direction::OneWay);
    lan.lan.set_faults("lan", {.loss = 0.01});
    lan.publish_many(1000, 10, 1000);
    lan.run(200ms);
    EXPECT_EQ(reader.notes.stats().repaired, 0u);
    EXPECT_GE(reader.numbers.size() + 10, lan.published);
    EXPECT_GT(reader.notes.stats().recovered, 5u);
    expect_balanced(reader.node.streams().at(0));
}

TEST(Reliable, ImpossibleWishesAreRefusedWithAReason) {
    ReliableLan lan(21);
    const auto refusal = [&](const Qos& qos) {
        lan.sender.drain_events([](const Event&) {});
        EXPECT_FALSE(lan.sender.publisher<Note>("other", qos));
        const auto refused = of_kind(events_of(lan.sender), EventKind::Refused);
        return refused.empty() ? std::string() : refused[0].text;
    };
    Qos qos = ReliableLan::reliable();
    qos.reliability.window = 1;
    EXPECT_NE(refusal(qos).find("window"), std::string::npos);
    qos = with_parity();
    qos.reliability.parity.data = 65;
    EXPECT_NE(refusal(qos).find("parity"), std::string::npos);
    qos = ReliableLan::reliable();
    qos.reliability.patience = 0s;
    EXPECT_NE(refusal(qos).find("patience"), std::string::npos);
}

TEST(Reliable, AReceiverThatWasLostSightOfCountsAgain) {
    ReliableLan lan(20);
    auto& reader = lan.add_reader();
    lan.settle();
    lan.publish_many(10);
    // The sender takes it for gone; the reader has noticed nothing.
    lan.lan.partition("reader-1", "sender", sim::Direction::OneWay);
    lan.run(8s);
    EXPECT_TRUE(lan.notes.receivers().empty());
    lan.lan.heal();
    lan.run(3s);
    lan.publish_many(10);
    lan.run(1s);
    EXPECT_EQ(reader.numbers, lan.everything());
    EXPECT_EQ(lan.notes.acknowledged(reader.node.id()), lan.notes.newest());
}

TEST(Latest, WithHistoryLateJoinersGetTheNewest) {
    ReliableLan lan(18, {.delivery = Delivery::Latest, .history = 1});
    lan.settle();
    lan.publish_many(3, 1);
    auto& reader = lan.add_reader({.delivery = Delivery::Latest});
    lan.lan.set_faults("lan", {.loss = 0.2});
    lan.run(3s);
    EXPECT_EQ(reader.numbers, Numbers{2});
}

}  // namespace
}  // namespace mcast::node_test
