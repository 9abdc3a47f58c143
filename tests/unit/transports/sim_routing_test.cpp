#include <cerrno>

#include "tests/unit/transports/sim_station.hpp"

namespace mcast::sim {
namespace {

TEST(SimRouting, MulticastReachesMembersOnly) {
    Lan lan(1);
    Station sender(lan.host("sender", {{}}));
    Station member(lan.host("member", {{}}));
    Station other(lan.host("other", {{}}));
    member.join();
    other.join({Address::ipv4(239, 255, 9, 9), 7400});
    sender.send("hello");
    lan.advance(1ms);
    const std::vector<Received> received = member.receive();
    ASSERT_EQ(received.size(), 1u);
    EXPECT_EQ(received[0].text, "hello");
    EXPECT_EQ(received[0].interface, member.index());
    EXPECT_EQ(received[0].source, sender.endpoint());
    EXPECT_EQ(received[0].destination, kGroup);
    EXPECT_EQ(received[0].way, Way::Multicast);
    // 50 µs is the default delay.
    EXPECT_EQ(received[0].received_at, member.host.clock->wall_now() - 950us);
    EXPECT_TRUE(other.receive().empty());
    EXPECT_TRUE(sender.receive().empty());
    EXPECT_EQ(lan.counters().sent, 1u);
    EXPECT_EQ(lan.counters().delivered, 1u);
}

TEST(SimRouting, SenderHearsItselfOnceIfItJoined) {
    Lan lan(1);
    Station sender(lan.host("sender", {{}}));
    sender.join();
    sender.join();
    sender.send("me");
    EXPECT_EQ(sender.texts(), Texts{"me"});
    lan.advance(1s);
    EXPECT_EQ(sender.texts(), Texts{});
}

TEST(SimRouting, MulticastReachesTheOtherInterfaceOfTheSameHost) {
    Lan lan(1);
    Station both(lan.host("both", {{.name = "eth0"}, {.name = "wlan0"}}));
    both.join();
    both.send("round", kGroup, both.index(0));
    lan.advance(1ms);
    const std::vector<Received> received = both.receive();
    ASSERT_EQ(received.size(), 2u);
    EXPECT_EQ(received[0].interface, both.index(0));
    EXPECT_EQ(received[1].interface, both.index(1));
}

TEST(SimRouting, NetworksAreSeparate) {
    Lan lan(1);
    Station router(
        lan.host("router", {{.name = "a", .network = "A"}, {.name = "b", .network = "B"}}));
    Station left(lan.host("left", {{.network = "A"}}));
    Station right(lan.host("right", {{.network = "B"}}));
    left.join();
    right.join();
    router.send("to A", kGroup, router.index(0));
    router.send("to B", kGroup, router.index(1));
    router.send("all A", kBroadcast, router.index(0));
    router.send("lost", right.endpoint(), router.index(0));
    router.send("found", right.endpoint(), router.index(1));
    lan.advance(1ms);
    EXPECT_EQ(left.texts(), (Texts{"to A", "all A"}));
    EXPECT_EQ(right.texts(), (Texts{"to B", "found"}));
}

TEST(SimRouting, UnicastReachesOneNode) {
    Lan lan(1);
    Station sender(lan.host("sender", {{}}));
    Station target(lan.host("target", {{}}));
    Station other(lan.host("other", {{}}));
    EXPECT_EQ(target.endpoint().port, 7401);
    sender.send("four", target.endpoint());
    sender.send("six", target.endpoint(0, Family::Ipv6));
    sender.send("wrong port", {target.endpoint().address, 7402});
    lan.advance(1ms);
    const std::vector<Received> received = target.receive();
    ASSERT_EQ(received.size(), 2u);
    EXPECT_EQ(received[0].way, Way::Unicast);
    EXPECT_EQ(received[0].source, sender.endpoint());
    EXPECT_EQ(received[1].source, sender.endpoint(0, Family::Ipv6));
    EXPECT_TRUE(other.receive().empty());
}

TEST(SimRouting, BroadcastReachesAllOnItsPortTheSenderToo) {
    Lan lan(1);
    Station sender(lan.host("sender", {{}}));
    Station hears(lan.host("hears", {{}}));
    Station ipv6_only(lan.host("ipv6", {{.ipv4 = false}}));
    sender.send("limited", kBroadcast);
    sender.send("directed", {sender.interface().addresses[0].broadcast, 7400});
    sender.send("other port", {kBroadcast.address, 9});
    lan.advance(1ms);
    const std::vector<Received> received = hears.receive();
    ASSERT_EQ(received.size(), 2u);
    EXPECT_EQ(received[0].way, Way::Broadcast);
    EXPECT_EQ(received[1].way, Way::Broadcast);
    EXPECT_EQ(sender.receive().size(), 2u);
    EXPECT_TRUE(ipv6_only.receive().empty());
}

TEST(SimRouting, NodesOfOneMachineShareItAndHearEachOther) {
    Lan lan(1);
    lan.set_faults("lan", {.loss = 1});
    Station first(lan.host("pc", {{}}));
    Station second(lan.join_host("pc"));
    EXPECT_EQ(first.endpoint().address, second.endpoint().address);
    EXPECT_EQ(first.endpoint().port, 7401);
    EXPECT_EQ(second.endpoint().port, 7402);
    second.join();
    first.send("multicast");
    first.send("unicast", second.endpoint());
    first.send("own", first.endpoint());
    EXPECT_EQ(second.texts(), (Texts{"multicast", "unicast"}));
    EXPECT_EQ(first.texts(), Texts{"own"});
}

TEST(SimRouting, Ipv6GroupsAreJoinedByTheirFamily) {
    Lan lan(1);
    Station sender(lan.host("sender", {{}}));
    Station six(lan.host("six", {{.ipv4 = false}}));
    Station four(lan.host("four", {{.ipv6 = false}}));
    six.join(ipv6_group());
    EXPECT_EQ(six.transport().join(kGroup, six.index()).error().code, ErrorCode::TryAgain);
    EXPECT_EQ(four.transport().join(ipv6_group(), four.index()).error().code, ErrorCode::TryAgain);
    EXPECT_EQ(six.transport().unicast_endpoint(six.index(), Family::Ipv4), std::nullopt);
    sender.send("v6", ipv6_group());
    lan.advance(1ms);
    EXPECT_EQ(six.texts(), Texts{"v6"});
}

TEST(SimRouting, AfterLeaveNothingArrives) {
    Lan lan(1);
    Station sender(lan.host("sender", {{}}));
    Station member(lan.host("member", {{}}));
    member.join();
    member.transport().leave(kGroup, member.index());
    sender.send("gone");
    lan.advance(1ms);
    EXPECT_TRUE(member.receive().empty());
    EXPECT_EQ(
        member.transport().join({member.endpoint().address, 7400}, member.index()).error().code,
        ErrorCode::InvalidArgument);
}

TEST(SimRouting, DatagramsBeyondTheMtuAreRefused) {
    Lan lan(1);
    Station sender(lan.host("sender", {{.mtu = 1400}}));
    Station member(lan.host("member", {{}}));
    member.join();
    member.join(ipv6_group());
    sender.send(std::string(1372, 'a'));
    sender.send(std::string(1373, 'b'));
    sender.send(std::string(1352, 'c'), ipv6_group());
    sender.send(std::string(1353, 'd'), ipv6_group());
    lan.advance(1ms);
    EXPECT_EQ(member.texts(), (Texts{std::string(1372, 'a'), std::string(1352, 'c')}));
    const TransportCounters counters = sender.transport().counters(sender.index());
    EXPECT_EQ(counters.send_errors, 2u);
    EXPECT_EQ(counters.last_send_error, EMSGSIZE);
    EXPECT_EQ(counters.sent_datagrams, 4u);
}

TEST(SimRouting, RestartKeepsAddressesAndFreesThePort) {
    Lan lan(1);
    const std::vector<Port> ports{{.name = "eth0"}};
    Endpoint before;
    InterfaceIndex index;
    {
        Station first(lan.host("pc", ports));
        before = first.endpoint();
        index = first.index();
    }
    Station again(lan.host("pc", ports));
    EXPECT_EQ(again.endpoint(), before);
    EXPECT_EQ(again.index(), index);
}

TEST(SimRouting, CaptureSeesWhatLeaves) {
    Lan lan(1);
    Station sender(lan.host("sender", {{.mtu = 1000}}));
    std::vector<Endpoint> sources;
    lan.on_send(
        [](void* context, const Datagram& datagram) {
            static_cast<std::vector<Endpoint>*>(context)->push_back(datagram.source);
        },
        &sources);
    sender.send("seen");
    sender.send(std::string(1000, 'x'));
    lan.on_send(nullptr, nullptr);
    sender.send("unseen");
    EXPECT_EQ(sources, std::vector<Endpoint>{sender.endpoint()});
}

}  // namespace
}  // namespace mcast::sim
