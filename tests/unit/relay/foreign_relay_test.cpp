#include "relay/foreign_relay.hpp"

#include <gtest/gtest.h>

#include <cerrno>

#include "tests/unit/relay/foreign_world.hpp"

using namespace mcast;
using namespace mcast::relay;
using namespace std::chrono_literals;

TEST(ForeignRelay, CarriesAGroupWithOneLessTtlAndItsOwnAddress) {
    World world(2);
    RelayHost& host = world.add({both_ways(kSsdp)});
    world.lans[0].put({kAsker, kSsdp, 4, "search"});
    ASSERT_TRUE(world.settle());
    ASSERT_EQ(world.lans[1].seen.size(), 1u);
    const PlainPacket& carried = world.lans[1].seen.front();
    EXPECT_EQ(carried.source.address, Address::ipv4(10, 1, 0, 200));
    EXPECT_EQ(carried.destination, kSsdp);
    EXPECT_EQ(carried.ttl, 3);
    EXPECT_EQ(carried.payload, "search");
    EXPECT_EQ(world.lans[0].seen.size(), 1u);
    EXPECT_EQ(host.fate("e0", "e1", ForeignFate::Forwarded), 1u);
    EXPECT_EQ(host.direction("e0", "e1").counters.forwarded_bytes, 6u);
}

TEST(ForeignRelay, OtherGroupsAndPortsStayWhereTheyAre) {
    World world(2);
    world.add({both_ways(kSsdp)});
    world.lans[0].put({kAsker, {kSsdp.address, 1901}, 4, "elsewhere"});
    world.lans[0].put({kAsker, {Address::ipv4(239, 255, 255, 251), 1900}, 4, "elsewhere"});
    world.lans[0].put({kAsker, {Address::ipv4(10, 0, 0, 200), 1900}, 4, "elsewhere"});
    ASSERT_TRUE(world.settle());
    EXPECT_TRUE(world.lans[1].seen.empty());
}

TEST(ForeignRelay, WhatComesWithTtl1StaysUnlessTheRouteSetsIt) {
    ForeignRoute fixed = both_ways({Address::ipv4(224, 0, 2, 60), 4445});
    fixed.ttl = std::uint8_t{1};
    World world(2);
    RelayHost& host = world.add({both_ways(kSsdp), fixed});
    world.lans[0].put({kAsker, kSsdp, 1, "near"});
    world.lans[0].put({kAsker, fixed.destination, 1, "game"});
    ASSERT_TRUE(world.settle());
    EXPECT_EQ(world.copies(1, "near"), 0u);
    ASSERT_EQ(world.copies(1, "game"), 1u);
    EXPECT_EQ(world.lans[1].seen.front().ttl, 1);
    EXPECT_EQ(host.fate("e0", "e1", ForeignFate::Ttl), 1u);
}

TEST(ForeignRelay, AKeptSourceIsKept) {
    ForeignRoute route = both_ways(kSsdp);
    route.keep_source = true;
    World world(2);
    world.add({route});
    world.lans[0].put({kAsker, kSsdp, 4, "search"});
    ASSERT_TRUE(world.settle());
    ASSERT_EQ(world.copies(1, "search"), 1u);
    EXPECT_EQ(world.lans[1].seen.front().source, kAsker);
}

TEST(ForeignRelay, WhereSourcesCannotBeKeptTheyAreReplacedAndThatIsSaid) {
    ForeignRoute route = both_ways(kSsdp);
    route.keep_source = true;
    World world(2);
    RelayHost& host = world.add({});
    host.machine.able = {false, "raw sockets need CAP_NET_RAW", -1};
    host.relay->set_routes({route});
    world.lans[0].put({kAsker, kSsdp, 4, "search"});
    ASSERT_TRUE(world.settle());
    ASSERT_EQ(world.copies(1, "search"), 1u);
    EXPECT_NE(world.lans[1].seen.front().source, kAsker);
    EXPECT_TRUE(host.has_said("replaced, not kept: raw sockets need CAP_NET_RAW"));
    EXPECT_FALSE(host.relay->status().front().keeps_source);
}

TEST(ForeignRelay, TooManyWaysAreSaidAndLeftOut) {
    World world(70);
    RelayHost& host = world.add({both_ways(kSsdp)});
    std::size_t ways = 0;
    for (const ForeignStatus& status : host.relay->status())
        ways += status.directions.size();
    EXPECT_EQ(ways, kForeignExitsMax);
    EXPECT_TRUE(host.has_said("more than 4096 ways (kForeignExitsMax) are wanted"));
}

TEST(ForeignRelay, ALinkLocalSourceIsNotKept) {
    ForeignRoute route = both_ways({Address::parse("ff15::5").value(), 5000});
    route.keep_source = true;
    World world(2);
    RelayHost& host = world.add({});
    std::vector<Interface> interfaces = host.machine.interfaces();
    for (Interface& interface : interfaces)
        interface.addresses.push_back({Address::parse("fe80::9").value(), 64, {}, false});
    host.relay->on_interfaces(interfaces);
    host.relay->set_routes({route});
    world.lans[0].put({{Address::parse("fe80::1").value(), 40000}, route.destination, 4, "link"});
    world.lans[0].put({{Address::parse("fd01::1").value(), 40000}, route.destination, 4, "site"});
    ASSERT_TRUE(world.settle());
    ASSERT_EQ(world.lans[1].seen.size(), 2u);
    EXPECT_NE(world.lans[1].seen[0].source.address, Address::parse("fe80::1").value());
    EXPECT_EQ(world.lans[1].seen[1].source.address, Address::parse("fd01::1").value());
}

TEST(ForeignRelay, AnswersAreBroughtBackToTheAskerForTheirTime) {
    World world(2);
    RelayHost& host = world.add({both_ways(kSsdp)});
    world.lans[0].put({kAsker, kSsdp, 4, "search"});
    ASSERT_TRUE(world.settle());
    const Endpoint port = world.lans[1].seen.back().source;
    const Endpoint device{Address::ipv4(10, 1, 0, 9), 1900};
    world.now += 29s;
    world.lans[1].put({device, port, 64, "here"});
    ASSERT_TRUE(world.settle());
    ASSERT_EQ(world.copies(0, "here"), 1u);
    const PlainPacket& answer = world.lans[0].seen.back();
    EXPECT_EQ(answer.destination, kAsker);
    EXPECT_EQ(answer.source, (Endpoint{Address::ipv4(10, 0, 0, 200), 1900}));
    EXPECT_EQ(answer.ttl, 63);
    EXPECT_EQ(host.direction("e0", "e1").counters.replies, 1u);
    world.now += 1s;
    const std::size_t open = host.machine.open_sockets();
    world.lans[1].put({device, port, 64, "late"});
    ASSERT_TRUE(world.settle());
    EXPECT_EQ(world.copies(0, "late"), 0u);
    EXPECT_EQ(host.machine.open_sockets(), open - 1);
}

TEST(ForeignRelay, TwoAskersAreAnsweredEachForItself) {
    World world(2);
    world.add({both_ways(kSsdp)});
    const Endpoint other{Address::ipv4(10, 0, 0, 2), 5000};
    world.lans[0].put({kAsker, kSsdp, 4, "one"});
    world.lans[0].put({other, kSsdp, 4, "two"});
    ASSERT_TRUE(world.settle());
    ASSERT_EQ(world.lans[1].seen.size(), 2u);
    const Endpoint first = world.lans[1].seen[0].source;
    const Endpoint second = world.lans[1].seen[1].source;
    EXPECT_NE(first.port, second.port);
    world.lans[1].put({{Address::ipv4(10, 1, 0, 9), 1900}, second, 64, "for two"});
    ASSERT_TRUE(world.settle());
    EXPECT_EQ(world.lans[0].seen.back().destination, other);
}

TEST(ForeignRelay, PortsAreBoundedAndTheLeastRecentlyUsedGoes) {
    World world(2);
    RelayHost& host = world.add({both_ways(kSsdp)});
    const std::size_t listeners = host.machine.open_sockets();
    for (std::uint16_t i = 0; i < 20; ++i) {
        world.lans[0].put({{kAsker.address, static_cast<std::uint16_t>(6000 + i)},
                           kSsdp,
                           4,
                           "search " + std::to_string(i)});
    }
    ASSERT_TRUE(world.settle());
    EXPECT_EQ(world.lans[1].seen.size(), 20u);
    EXPECT_EQ(host.machine.open_sockets(), listeners + 4);
    EXPECT_EQ(host.relay->totals().ports_taken_away, 16u);
    EXPECT_EQ(host.relay->totals().ports_lent, 4u);
}

TEST(ForeignRelay, WhoSpeaksFromTheGroupsPortIsHeardFromThere) {
    World world(2);
    RelayHost& host = world.add({both_ways(kSsdp)});
    world.lans[0].put({{kAsker.address, 1900}, kSsdp, 4, "notify"});
    ASSERT_TRUE(world.settle());
    ASSERT_EQ(world.copies(1, "notify"), 1u);
    EXPECT_EQ(world.lans[1].seen.front().source.port, 1900);
    EXPECT_EQ(host.relay->totals().ports_lent, 0u);
}

TEST(ForeignRelay, BroadcastCrossesAndOurOwnEchoIsKnown) {
    World world(2);
    RelayHost& host = world.add({both_ways(kArtnet)});
    world.lans[0].put({kAsker, kArtnet, 64, "poll"});
    ASSERT_TRUE(world.settle());
    EXPECT_EQ(world.copies(0, "poll"), 1u);
    EXPECT_EQ(world.copies(1, "poll"), 1u);
    EXPECT_EQ(host.fate("e1", "e0", ForeignFate::Echo), 1u);
    EXPECT_EQ(host.fate("e1", "e0", ForeignFate::Loop), 0u);
}

TEST(ForeignRelay, ADirectedBroadcastIsThatOfTheOtherNetworkThere) {
    World world(2);
    world.add({both_ways(kArtnet)});
    world.lans[0].put({kAsker, {Address::ipv4(10, 0, 255, 255), 6454}, 64, "poll"});
    ASSERT_TRUE(world.settle());
    ASSERT_EQ(world.copies(1, "poll"), 1u);
    EXPECT_EQ(world.lans[1].seen.front().destination.address, Address::ipv4(10, 1, 255, 255));
}

TEST(ForeignRelay, OneWayIsOneWay) {
    ForeignRoute route = both_ways(kSsdp);
    route.both = false;
    const std::vector<std::string> from{"e0"};
    const std::vector<std::string> to{"e1"};
    route.from = InterfaceSelection::parse(from).value();
    route.to = InterfaceSelection::parse(to).value();
    World world(3);
    world.add({route});
    world.lans[0].put({kAsker, kSsdp, 4, "there"});
    world.lans[1].put({{Address::ipv4(10, 1, 0, 9), 5000}, kSsdp, 4, "back"});
    ASSERT_TRUE(world.settle());
    EXPECT_EQ(world.copies(1, "there"), 1u);
    EXPECT_EQ(world.copies(2, "there"), 0u);
    EXPECT_EQ(world.copies(0, "back"), 0u);
}

TEST(ForeignRelay, TheSameAgainAtOnceIsADuplicateLaterItIsNot) {
    World world(2);
    RelayHost& host = world.add({both_ways(kSsdp)});
    for (int i = 0; i < 10; ++i) {
        world.lans[0].put({kAsker, kSsdp, 4, "alive"});
        ASSERT_TRUE(world.settle());
        world.now += 100ms;
    }
    EXPECT_EQ(world.copies(1, "alive"), 5u);
    EXPECT_EQ(host.fate("e0", "e1", ForeignFate::Duplicate), 5u);
}

TEST(ForeignRelay, RulesDecideAndCount) {
    Rule drop;
    drop.source = Network::parse("10.0.0.0/30");
    drop.action = RuleAction::Drop;
    Rule log;
    log.action = RuleAction::Log;
    Rule limited;
    limited.group = kSsdp;
    limited.rate = 10;
    limited.burst = 2;
    RuleSet rules = RuleSet::compile({drop, log, limited}, Action::Drop).value();
    World world(2);
    RelayHost& host = world.add({both_ways(kSsdp), both_ways(kArtnet)}, &rules);
    world.lans[0].put({kAsker, kSsdp, 4, "dropped"});
    const Endpoint other{Address::ipv4(10, 0, 0, 77), 5000};
    for (const char* text : {"a", "b", "c", "d"})
        world.lans[0].put({other, kSsdp, 4, text});
    world.lans[0].put({other, kArtnet, 64, "unmentioned"});
    ASSERT_TRUE(world.settle());
    EXPECT_EQ(host.fate("e0", "e1", ForeignFate::Rule), 1u);
    EXPECT_EQ(host.fate("e0", "e1", ForeignFate::Rate), 2u);
    EXPECT_EQ(host.fate("e0", "e1", ForeignFate::Forwarded), 2u);
    EXPECT_EQ(world.copies(1, "unmentioned"), 1u);
    EXPECT_TRUE(host.has_said("from e0 to e1: 1 bytes of 10.0.0.77:5000 (rule 2)"));
    // Other rules, without losing a datagram.
    host.relay->set_rules(nullptr);
    world.lans[0].put({kAsker, kSsdp, 4, "dropped no more"});
    ASSERT_TRUE(world.settle());
    EXPECT_EQ(world.copies(1, "dropped no more"), 1u);
}

TEST(ForeignRelay, WhatCannotBeSentHasACause) {
    World world(2);
    RelayHost& host = world.add({both_ways(kSsdp)});
    host.machine.send_error = EMSGSIZE;
    world.lans[0].put({kAsker, kSsdp, 4, "large"});
    ASSERT_TRUE(world.settle());
    host.machine.send_error = ENETDOWN;
    world.lans[0].put({kAsker, kSsdp, 4, "down"});
    ASSERT_TRUE(world.settle());
    EXPECT_EQ(host.fate("e0", "e1", ForeignFate::TooLarge), 1u);
    EXPECT_EQ(host.fate("e0", "e1", ForeignFate::SendError), 1u);
    EXPECT_EQ(host.direction("e0", "e1").counters.received(), 2u);
}

TEST(ForeignRelay, AStormIsCutOffSaidAndCarriedAgainByItself) {
    ForeignRoute route = both_ways(kSsdp);
    route.rate = 100;
    route.open = 5s;
    World world(2);
    RelayHost& host = world.add({route});
    for (int i = 0; i < 1000; ++i)
        world.lans[0].put({kAsker, kSsdp, 4, "storm " + std::to_string(i)});
    ASSERT_TRUE(world.settle());
    EXPECT_EQ(world.lans[1].seen.size(), 50u);
    EXPECT_EQ(host.fate("e0", "e1", ForeignFate::Storm), 950u);
    EXPECT_TRUE(host.has_said("from e0 to e1: a storm: more than 100 datagrams a second"));
    EXPECT_EQ(host.direction("e0", "e1").breaker, StormBreaker::State::Open);
    // The other direction is not concerned.
    world.lans[1].put({{Address::ipv4(10, 1, 0, 9), 5000}, kSsdp, 4, "back"});
    ASSERT_TRUE(world.settle());
    EXPECT_EQ(world.copies(0, "back"), 1u);
    for (int i = 0; i < 2; ++i) {
        EXPECT_NE(host.relay->deadline(), kNever);
        world.now = host.relay->deadline();
        host.relay->poll(world.now);
    }
    EXPECT_TRUE(host.has_said("the storm is over"));
    EXPECT_LE(world.now, kStart + 7s);
    world.lans[0].put({kAsker, kSsdp, 4, "after"});
    ASSERT_TRUE(world.settle());
    EXPECT_EQ(world.copies(1, "after"), 1u);
}
