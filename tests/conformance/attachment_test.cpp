#include <gtest/gtest.h>

#include "tests/conformance/conformance_test.hpp"

namespace mcast::conformance {

namespace {

using Attachment = ConformanceTest;

TEST_P(Attachment, BeforeItNothingIsThere) {
    Station station = world().station(Place::Here);
    EXPECT_FALSE(station.transport().unicast_endpoint(station.index(), Family::Ipv4));
    EXPECT_EQ(station.transport().counters(station.index()).sent_datagrams, 0u);
    EXPECT_TRUE(receive_now(station).empty());
    station.transport().detach(station.index());
}

TEST_P(Attachment, GivesAnEndpointForEachFamily) {
    Station station = open(Place::Here);
    for (const Family family : world().unicast_families()) {
        const Endpoint endpoint = endpoint_of(station, family);
        EXPECT_EQ(endpoint.address.family(), family);
        EXPECT_NE(endpoint.port, 0);
        EXPECT_NE(endpoint.port, world().port());
    }
}

TEST_P(Attachment, TwoTransportsOfAHostHaveEndpointsOfTheirOwn) {
    Station one = open(Place::Here);
    Station other = open(Place::Here);
    for (const Family family : world().unicast_families())
        EXPECT_NE(endpoint_of(one, family), endpoint_of(other, family));
}

TEST_P(Attachment, AgainKeepsWhatIsJoinedAndTheEndpoint) {
    Station from = open(Place::Here);
    Station at = open(Place::There, group(1));
    const Endpoint endpoint = endpoint_of(at, Family::Ipv4);
    ASSERT_TRUE(at.transport().attach(at.interface));
    EXPECT_EQ(endpoint_of(at, Family::Ipv4), endpoint);
    send(from, group(1), Way::Multicast, "still joined");
    EXPECT_EQ(texts(collect_all(from, at)), std::vector<std::string>{"still joined"});
}

TEST_P(Attachment, DetachingEndsAllAndAttachingBeginsAnew) {
    Station from = open(Place::Here);
    Station at = open(Place::There, group(1));
    Station witness = open(Place::There, group(1));
    at.transport().detach(at.index());
    EXPECT_FALSE(at.transport().unicast_endpoint(at.index(), Family::Ipv4));
    EXPECT_FALSE(at.transport().join(group(1), at.index()));
    send(from, group(1), Way::Multicast, "unheard");
    EXPECT_EQ(texts(collect_all(from, witness)), std::vector<std::string>{"unheard"});
    EXPECT_TRUE(receive_now(at).empty());

    ASSERT_TRUE(at.transport().attach(at.interface));
    send(from, group(1), Way::Multicast, "not joined again");
    EXPECT_EQ(texts(collect_all(from, at)), std::vector<std::string>{});
    EXPECT_EQ(at.transport().counters(at.index()).received_datagrams, 1u) << "the fence";
    ASSERT_TRUE(at.transport().join(group(1), at.index()));
    send(from, group(1), Way::Multicast, "joined again");
    EXPECT_EQ(texts(collect_all(from, at)), std::vector<std::string>{"joined again"});
}

TEST_P(Attachment, WhatWaitedWhenItEndedIsNotDelivered) {
    Station from = open(Place::Here);
    Station at = open(Place::There, group(1));
    Station witness = open(Place::There, group(1));
    send(from, group(1), Way::Multicast, "too late");
    EXPECT_EQ(texts(collect_all(from, witness)), std::vector<std::string>{"too late"});
    // It is known by now that something is there; that must not outlast the sockets.
    at.transport().wait(at.clock().now() + kPatience);
    at.transport().detach(at.index());
    EXPECT_TRUE(receive_now(at).empty());
    EXPECT_EQ(at.transport().receive_buffers_free(), kReceiveBuffers);
}

TEST_P(Attachment, SendingWithoutItLosesOnlyThose) {
    Station from = open(Place::Here);
    Station at = open(Place::There, group(1));
    Datagram astray = datagram_for(from, group(1), Way::Multicast, "astray");
    astray.interface = InterfaceIndex{1u << 30};
    std::vector<Datagram> batch{astray, datagram_for(from, group(1), Way::Multicast, "good")};
    EXPECT_EQ(from.transport().send(batch), 2u);
    EXPECT_EQ(texts(collect(at, 1)), std::vector<std::string>{"good"});
    EXPECT_EQ(from.transport().counters(from.index()).sent_datagrams, 1u);
}

INSTANTIATE_TEST_SUITE_P(Worlds, Attachment, testing::ValuesIn(worlds()), world_name);

}  // namespace

}  // namespace mcast::conformance
