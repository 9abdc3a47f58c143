// How a reliable stream begins, and begins again, where that is not easy.
#include "tests/unit/node/reliable_lan.hpp"

namespace mcast::node_test {
namespace {

TEST(ReliableJoin, ASilentStreamIsJoinedHoweverLateThePublisherHearsUs) {
    Qos qos = ReliableLan::reliable();
    qos.history = 5;
    ReliableLan lan(41, qos);
    // It hears, by what is said to another, but is not heard.
    auto& unheard = lan.add_reader();
    lan.lan.partition("reader-1", "sender", sim::Direction::OneWay);
    lan.run(2s);
    lan.add_reader();
    lan.run(6s);
    EXPECT_GT(unheard.node.next_deadline(), unheard.node.now());
    lan.lan.heal();
    lan.run(3s);
    lan.publish_many(5);
    lan.run(500ms);
    EXPECT_EQ(unheard.numbers, lan.everything());
    for (const StreamInfo& stream : unheard.node.streams())
        EXPECT_EQ(stream.lost_count(), 0u);
}

}  // namespace
}  // namespace mcast::node_test
