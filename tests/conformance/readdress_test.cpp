// Interfaces of the kernel that change under a transport. Root only, since it changes some.

#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/conformance/conformance_test.hpp"
#include "tests/conformance/veth_world.hpp"

namespace mcast::conformance {

namespace {

// The one instance where the user is root, none elsewhere.
std::vector<int> instances() {
    return ::geteuid() == 0 ? std::vector<int>{0} : std::vector<int>{};
}

class Changes : public testing::TestWithParam<int> {
protected:
    Station open(Place place) {
        Station station = world_.station(place);
        EXPECT_TRUE(station.transport().attach(station.interface));
        EXPECT_TRUE(station.transport().join(group_, station.index()));
        return station;
    }
    void send_and_expect(Station& from, Station& at, const Group& to) {
        send(from, to, Way::Multicast, "hello");
        EXPECT_EQ(texts(collect(at, 1)), std::vector<std::string>{"hello"}) << to_string(to);
    }

    VethPair pair_;
    VethWorld world_{pair_};
    const Group group_ = group_of(Family::Ipv4, 1, world_.port());
};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Changes);

TEST_P(Changes, AChangeOfAddressKeepsSocketsAndMemberships) {
    Station from = world_.station(Place::Here);
    ASSERT_TRUE(from.transport().attach(from.interface));
    Station at = open(Place::There);
    send_and_expect(from, at, group_);
    const Endpoint before = endpoint_of(at, Family::Ipv4);

    for (const Place place : {Place::Here, Place::There}) {
        const std::string last = place == Place::Here ? "11" : "12";
        pair_.host(place).ip("-4 addr flush dev veth0");
        pair_.host(place).ip("addr add 10.77.0." + last + "/24 brd + dev veth0");
    }
    from.interface = pair_.interface(Place::Here, 11);
    at.interface = pair_.interface(Place::There, 12);
    ASSERT_TRUE(from.transport().attach(from.interface));
    ASSERT_TRUE(at.transport().attach(at.interface));
    EXPECT_EQ(to_string(endpoint_of(at, Family::Ipv4)),
              to_string(Endpoint{Address::ipv4(10, 77, 0, 12), before.port}));

    send(from, group_, Way::Multicast, "from the new address");
    const std::vector<Arrival> arrivals = collect(at, 1);
    ASSERT_EQ(texts(arrivals), std::vector<std::string>{"from the new address"});
    EXPECT_EQ(to_string(arrivals.front().source), to_string(endpoint_of(from, Family::Ipv4)));
    send(from, endpoint_of(at, Family::Ipv4), Way::Unicast, "to the new address");
    EXPECT_EQ(texts(collect(at, 1)), std::vector<std::string>{"to the new address"});
}

TEST_P(Changes, DownAndUpKeepsMemberships) {
    Station from = world_.station(Place::Here);
    ASSERT_TRUE(from.transport().attach(from.interface));
    Station at = open(Place::There);
    pair_.host(Place::There).ip("link set veth0 down");
    send(from, group_, Way::Multicast, "into a cut cable");
    pair_.host(Place::There).ip("link set veth0 up");
    pair_.wait_until_running();
    ASSERT_TRUE(at.transport().attach(at.interface));
    send_and_expect(from, at, group_);
}

TEST_P(Changes, AnMtuTooSmallForIpv6TakesNoMemberships) {
    const Group ipv6 = group_of(Family::Ipv6, 1, world_.port());
    Station from = world_.station(Place::Here);
    ASSERT_TRUE(from.transport().attach(from.interface));
    Station at = open(Place::There);
    ASSERT_TRUE(at.transport().join(ipv6, at.index()));
    send_and_expect(from, at, ipv6);
    const Interface whole = at.interface;
    const NetworkNamespace& there = pair_.host(Place::There);
    there.ip("link set veth0 mtu 1200");  // takes its IPv6 addresses, too
    at.interface.mtu = 1200;
    at.interface.addresses.resize(1);
    ASSERT_TRUE(at.transport().attach(at.interface));
    there.ip("link set veth0 mtu 1500");
    there.ip("addr add fe80::2/64 dev veth0 nodad");
    there.ip("addr add fd77::2/64 dev veth0 nodad");
    at.interface = whole;
    ASSERT_TRUE(at.transport().attach(at.interface));
    send_and_expect(from, at, ipv6);
    send_and_expect(from, at, group_);
}

TEST_P(Changes, AnInterfaceThatIsMadeAnewIsAttachedByItsNewIndex) {
    Station from = world_.station(Place::Here);
    ASSERT_TRUE(from.transport().attach(from.interface));
    Station at = open(Place::There);
    const InterfaceIndex before = at.index();
    pair_.host(Place::There).ip("link del veth0");
    // Sending into the void is refused, not fatal.
    send(from, group_, Way::Multicast, "lost");
    EXPECT_EQ(from.transport().counters(from.index()).send_errors, 1u);
    from.transport().detach(from.index());
    at.transport().detach(before);

    pair_.connect();
    from.interface = pair_.interface(Place::Here, VethPair::kHere);
    at.interface = pair_.interface(Place::There, VethPair::kThere);
    EXPECT_NE(at.index(), before);
    ASSERT_TRUE(from.transport().attach(from.interface));
    ASSERT_TRUE(at.transport().attach(at.interface));
    ASSERT_TRUE(at.transport().join(group_, at.index()));
    send_and_expect(from, at, group_);
}

TEST_P(Changes, ADefaultRouteElsewhereCapturesNothing) {
    pair_.host(Place::Here).ip("tuntap add vpn0 mode tun");
    pair_.host(Place::Here).ip("addr add 10.99.0.1/24 dev vpn0");
    pair_.host(Place::Here).ip("link set vpn0 up");
    pair_.host(Place::Here).ip("route add default dev vpn0");
    Station from = world_.station(Place::Here);
    ASSERT_TRUE(from.transport().attach(from.interface));
    Station at = open(Place::There);
    send_and_expect(from, at, group_);
    send_and_expect(from, at, {Address::ipv4(255, 255, 255, 255), world_.port()});
}

TEST_P(Changes, AnAddressOfItsOwnNetworkOnlyIsEnoughForBroadcastAndMulticast) {
    pair_.host(Place::Here).ip("-4 addr flush dev veth0");
    pair_.host(Place::Here).ip("addr add 192.0.0.2/32 dev veth0");
    Station from = world_.station(Place::Here);
    from.interface.addresses.front() = {Address::ipv4(192, 0, 0, 2), 32, {}, false};
    ASSERT_TRUE(from.transport().attach(from.interface));
    Station at = open(Place::There);
    // Where a source is not on the link, the receiver's reverse path filter must be off to see it.
    send(from, {Address::ipv4(255, 255, 255, 255), world_.port()}, Way::Broadcast, "hello");
    send(from, group_, Way::Multicast, "hello");
    EXPECT_EQ(from.transport().counters(from.index()).send_errors, 0u);
}

INSTANTIATE_TEST_SUITE_P(Root, Changes, testing::ValuesIn(instances()));

}  // namespace

}  // namespace mcast::conformance
