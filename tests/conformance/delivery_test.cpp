#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "tests/conformance/conformance_test.hpp"

namespace mcast::conformance {

namespace {

class Delivery : public ConformanceTest {
protected:
    // Everything that a datagram tells about its way.
    void expect_arrival(Station& from, Station& at, const Endpoint& to, Way way) {
        const WallTime before = at.clock().wall_now();
        send(from, to, way, "hello");
        const std::vector<Arrival> arrivals = collect(at, 1);
        ASSERT_EQ(texts(arrivals), std::vector<std::string>{"hello"});
        const Arrival& arrival = arrivals.front();
        EXPECT_EQ(arrival.interface, at.index());
        EXPECT_EQ(arrival.way, way);
        EXPECT_EQ(to_string(arrival.destination), to_string(to));
        EXPECT_EQ(to_string(arrival.source), to_string(endpoint_of(from, to.address.family())));
        // Both ends share a wall clock; kernels may take its coarse form.
        EXPECT_GE(arrival.received_at, before - std::chrono::milliseconds(50));
        EXPECT_LE(arrival.received_at, at.clock().wall_now());
    }
};

TEST_P(Delivery, MulticastArrivesAndTellsItsWay) {
    for (const Family family : world().multicast_families()) {
        SCOPED_TRACE(to_string(group(1, family)));
        Station from = open(Place::Here);
        Station at = open(Place::There, group(1, family));
        expect_arrival(from, at, group(1, family), Way::Multicast);
    }
}

TEST_P(Delivery, UnicastArrivesAndTellsItsWay) {
    for (const Family family : world().unicast_families()) {
        Station from = open(Place::Here);
        Station at = open(Place::There);
        SCOPED_TRACE(to_string(endpoint_of(at, family)));
        expect_arrival(from, at, endpoint_of(at, family), Way::Unicast);
    }
}

TEST_P(Delivery, LimitedBroadcastArrivesAndTellsItsWay) {
    Station from = open(Place::Here);
    Station at = open(Place::There);
    expect_arrival(from, at, {Address::ipv4(255, 255, 255, 255), world().port()}, Way::Broadcast);
}

TEST_P(Delivery, DirectedBroadcastArrivesAndTellsItsWay) {
    Station from = open(Place::Here);
    Station at = open(Place::There);
    const auto own =
        std::find_if(at.interface.addresses.begin(), at.interface.addresses.end(),
                     [](const auto& each) { return each.broadcast.family() == Family::Ipv4; });
    ASSERT_NE(own, at.interface.addresses.end()) << "the world's interface cannot broadcast";
    expect_arrival(from, at, {own->broadcast, world().port()}, Way::Broadcast);
}

TEST_P(Delivery, TheSourceOfADatagramIsWhereItsSenderIsReached) {
    Station from = open(Place::Here);
    Station at = open(Place::There, group(1));
    send(from, group(1), Way::Multicast, "who is there?");
    const std::vector<Arrival> question = collect(at, 1);
    ASSERT_EQ(question.size(), 1u);
    send(at, question.front().source, Way::Unicast, "I am");
    EXPECT_EQ(texts(collect(from, 1)), std::vector<std::string>{"I am"});
}

TEST_P(Delivery, TransportsOfOneHostHearEachOtherAndThemselves) {
    Station from = open(Place::Here, group(1));
    Station neighbour = open(Place::Here, group(1));
    send(from, group(1), Way::Multicast, "all of us");
    EXPECT_EQ(texts(collect_all(from, neighbour)), std::vector<std::string>{"all of us"});
    EXPECT_EQ(texts(collect_all(neighbour, from)), std::vector<std::string>{"all of us"});
    send(neighbour, endpoint_of(from, Family::Ipv4), Way::Unicast, "you");
    EXPECT_EQ(texts(collect(from, 1)), std::vector<std::string>{"you"});
}

TEST_P(Delivery, ABatchIsSentAsAPrefixAndArrivesInOrder) {
    Station from = open(Place::Here);
    Station at = open(Place::There, group(1));
    constexpr std::size_t kCount = 50;
    std::vector<Datagram> batch;
    std::vector<std::string> expected;
    for (std::size_t i = 0; i < kCount; ++i) {
        expected.push_back("number " + std::to_string(i));
        batch.push_back(datagram_for(from, group(1), Way::Multicast, expected.back()));
    }
    std::span<Datagram> rest(batch);
    const Instant deadline = from.clock().now() + kPatience;
    while (!rest.empty() && from.clock().now() < deadline) {
        const std::size_t sent = from.transport().send(rest);
        ASSERT_LE(sent, rest.size());
        rest = rest.subspan(sent);
        if (sent == 0) from.transport().wait(deadline);
    }
    ASSERT_TRUE(rest.empty());
    EXPECT_EQ(texts(collect(at, kCount)), expected);
    EXPECT_EQ(from.transport().counters(from.index()).sent_datagrams, kCount);
    EXPECT_EQ(from.transport().counters(from.index()).send_errors, 0u);
    EXPECT_EQ(at.transport().counters(at.index()).received_datagrams, kCount);
}

TEST_P(Delivery, ABatchMayMixWaysAndDestinations) {
    Station from = open(Place::Here);
    Station at = open(Place::There, group(1));
    std::array<Datagram, 3> batch{
        datagram_for(from, group(1), Way::Multicast, "multicast"),
        datagram_for(from, endpoint_of(at, Family::Ipv4), Way::Unicast, "unicast"),
        datagram_for(from, {Address::ipv4(255, 255, 255, 255), world().port()}, Way::Broadcast,
                     "broadcast")};
    ASSERT_EQ(from.transport().send(batch), 3u);
    std::vector<std::string> arrived = texts(collect(at, 3));
    std::sort(arrived.begin(), arrived.end());
    EXPECT_EQ(arrived, (std::vector<std::string>{"broadcast", "multicast", "unicast"}));
}

TEST_P(Delivery, ADatagramOfFullSizeAndAnEmptyOneArrive) {
    Station from = open(Place::Here);
    Station at = open(Place::There, group(1));
    std::string full(from.transport().capabilities().datagram_max, 'x');
    full.back() = 'y';
    send(from, group(1), Way::Multicast, full);
    send(from, group(1), Way::Multicast, "");
    EXPECT_EQ(texts(collect(at, 2)), (std::vector<std::string>{full, ""}));
    EXPECT_EQ(from.transport().counters(from.index()).sent_bytes, full.size());
    EXPECT_EQ(at.transport().counters(at.index()).received_bytes, full.size());
}

INSTANTIATE_TEST_SUITE_P(Worlds, Delivery, testing::ValuesIn(worlds()), world_name);

}  // namespace

}  // namespace mcast::conformance
