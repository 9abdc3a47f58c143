#include "tools/mcastd/node_view.hpp"

#include <gtest/gtest.h>

#include "mcast/node.hpp"

#include <utility>

#include "mcast/sim.hpp"

namespace mcastd {
namespace {

using namespace std::chrono_literals;

TEST(NodeViewTest, RatesAreOfTheLastSecond) {
    Snapshot all;
    all.interfaces.push_back({});
    all.interfaces[0].index = 7;
    all.interfaces[0].received.datagrams = 1000;
    RateMeter meter;
    const mcast::Instant begun(1000s);
    meter.look(begun, all);
    meter.fill(all);
    EXPECT_EQ(all.interfaces[0].received_rate, 0);
    all.interfaces[0].received.datagrams = 1500;
    all.interfaces[0].sent.datagrams = 40;
    meter.look(begun + 2s, all);
    meter.fill(all);
    EXPECT_EQ(all.interfaces[0].received_rate, 250);
    EXPECT_EQ(all.interfaces[0].sent_rate, 20);
}

TEST(NodeViewTest, CountersThatBeganAnewHaveNoRate) {
    Snapshot all;
    all.interfaces.push_back({});
    all.interfaces[0].received.datagrams = 1000;
    RateMeter meter;
    meter.look(mcast::Instant(1s), all);
    all.interfaces[0].received.datagrams = 10;
    meter.look(mcast::Instant(2s), all);
    meter.fill(all);
    EXPECT_EQ(all.interfaces[0].received_rate, 0);
}

TEST(NodeViewTest, NodesOfTwoDomainsAddUp) {
    mcast::sim::Lan lan(7);
    auto pad =
        mcast::Node::open({.domain = "tanks", .name = "pad"}, lan.host("pad", {{.name = "wlan0"}}));
    auto tanks =
        mcast::Node::open({.domain = "tanks", .name = "r"}, lan.host("a", {{.name = "eth0"}}));
    auto chess =
        mcast::Node::open({.domain = "chess", .name = "r"}, lan.host("b", {{.name = "eth0"}}));
    ASSERT_TRUE(pad && tanks && chess);
    const mcast::RawPublisher input = pad->raw_publisher("input", mcast::kBytesType);
    for (int i = 0; i < 200; ++i) {
        lan.advance(16ms);
        pad->poll();
        tanks->poll();
        chess->poll();
    }
    Snapshot all;
    add_node({tanks->domain(), tanks->now(), tanks->interfaces(), tanks->peers()}, all);
    ASSERT_EQ(all.interfaces.size(), 1u);
    EXPECT_TRUE(all.interfaces[0].in_use);
    const std::uint64_t received = all.interfaces[0].received.datagrams;
    EXPECT_GT(received, 0u);
    ASSERT_EQ(all.peers.size(), 1u);
    EXPECT_EQ(all.peers[0].name, "pad");
    EXPECT_EQ(all.peers[0].domain, "tanks");
    EXPECT_EQ(all.peers[0].interface, all.interfaces[0].name);
    ASSERT_EQ(all.topics.size(), 1u);
    EXPECT_EQ(all.topics[0].name, "input");
    EXPECT_EQ(all.topics[0].publishers, 1u);
    add_node({tanks->domain(), tanks->now(), tanks->interfaces(), tanks->peers()},
             all);  // once more: the same interface
    EXPECT_EQ(all.interfaces.size(), 1u);
    EXPECT_EQ(all.interfaces[0].received.datagrams, 2 * received);
    EXPECT_EQ(all.topics[0].publishers, 2u);
    add_node({chess->domain(), chess->now(), chess->interfaces(), chess->peers()}, all);
    EXPECT_EQ(all.peers.size(), 2u);  // nobody of that domain is heard
}

}  // namespace
}  // namespace mcastd
