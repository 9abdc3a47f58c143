// What is missing of a reliable stream is asked for, in whatever state its receiver is, and given
// up only where nobody answers.
#include "tests/unit/node/reliable_lan.hpp"

namespace mcast::node_test {
namespace {

TEST(ReliableGap, IsAskedForWhenTheWindowMovesOntoIt) {
    Qos qos = ReliableLan::reliable();
    qos.reliability.flow = FlowControl::None;
    qos.reliability.window = 4096;
    Qos small = ReliableLan::reliable();
    small.queue_capacity = 64;
    for (const Duration pause : {1s, 12s}) {
        ReliableLan lan(71, qos, {.transmit_buffer_count = 8192, .receive_buffer_count = 4096});
        auto& reader = lan.add_reader(small);
        lan.settle();
        reader.asleep = true;  // polls, but does not drain
        const auto turn = [&] {
            lan.step();
            reader.node.poll();
        };
        // The queue and the window behind it are full, and more was sent.
        while (lan.published < 3000) {
            lan.publish_many(10, 10, 1200);
            reader.node.poll();
        }
        for (const Instant end = lan.lan.now() + pause; lan.lan.now() < end;)
            turn();
        // Nothing is due while nothing moves.
        EXPECT_GT(reader.node.next_deadline(), reader.node.now());
        reader.asleep = false;
        lan.run(500ms);
        EXPECT_EQ(reader.numbers, lan.everything());
        EXPECT_EQ(reader.notes.stats().lost, 0u);
        expect_balanced(reader.node.streams().at(0));
    }
}

TEST(ReliableGap, IsGivenUpWhereNobodyAnswersHoweverMuchParityComes) {
    Qos qos = ReliableLan::reliable();
    qos.reliability.flow = FlowControl::None;
    qos.reliability.parity = {.data = 4, .parity = 1};
    ReliableLan lan(72, qos, {.receive_buffer_count = 4096});
    auto& reader = lan.add_reader();
    lan.add_reader();  // that is heard: the stream goes on
    lan.settle();
    lan.publish_many(200);
    lan.lan.partition("reader-1", "sender", sim::Direction::OneWay);
    lan.lan.set_faults("lan", {.loss = 0.1});
    std::size_t before = 0;
    for (int i = 0; i < 1300; ++i) {
        lan.publish_many(1, 1, 1200);
        lan.run(10ms);
        if (i == 200) before = reader.numbers.size();
    }
    EXPECT_GT(reader.notes.stats().recovered, 50u);
    EXPECT_GT(reader.numbers.size(), before);
    const StreamInfo stream = reader.node.streams().at(0);
    EXPECT_GT(stream.lost[static_cast<std::size_t>(StreamLoss::Unanswered)], 0u);
}

}  // namespace
}  // namespace mcast::node_test
