#include <gtest/gtest.h>

#include <algorithm>

#include "tests/conformance/conformance_test.hpp"

namespace mcast::conformance {

namespace {

using Groups = ConformanceTest;

// More than a kernel lets one socket join.
constexpr std::uint8_t kMany = 25;

TEST_P(Groups, JoiningTwiceIsOneMembershipAndLeavingEndsIt) {
    for (const Family family : world().multicast_families()) {
        const Group one = group(1, family);
        SCOPED_TRACE(to_string(one));
        Station from = open(Place::Here);
        Station at = open(Place::There, one);
        ASSERT_TRUE(at.transport().join(one, at.index()));
        send(from, one, Way::Multicast, "once");
        EXPECT_EQ(texts(collect_all(from, at)), std::vector<std::string>{"once"});
        at.transport().leave(one, at.index());
        send(from, one, Way::Multicast, "not heard");
        EXPECT_EQ(texts(collect_all(from, at)), std::vector<std::string>{});
        ASSERT_TRUE(at.transport().join(one, at.index()));
        send(from, one, Way::Multicast, "again");
        EXPECT_EQ(texts(collect_all(from, at)), std::vector<std::string>{"again"});
    }
}

TEST_P(Groups, WhatOthersOnTheHostHaveJoinedDoesNotLeakIn) {
    for (const Family family : world().multicast_families()) {
        Station from = open(Place::Here);
        Station at = open(Place::There, group(1, family));
        Station neighbour = open(Place::There, group(2, family));
        send(from, group(2, family), Way::Multicast, "for the neighbour");
        send(from, group(1, family), Way::Multicast, "for us");
        EXPECT_EQ(texts(collect_all(from, at)), std::vector<std::string>{"for us"});
        EXPECT_EQ(texts(collect_all(from, neighbour)),
                  std::vector<std::string>{"for the neighbour"});
    }
}

TEST_P(Groups, WhoJoinedNothingHearsNothing) {
    Station from = open(Place::Here);
    Station at = open(Place::There);
    send(from, group(1), Way::Multicast, "nobody");
    EXPECT_EQ(texts(collect_all(from, at)), std::vector<std::string>{});
}

TEST_P(Groups, ManyGroupsAreHeardOnceEachAndSoIsBroadcast) {
    for (const Family family : world().multicast_families()) {
        SCOPED_TRACE(to_string(group(0, family)));
        Station from = open(Place::Here);
        Station at = open(Place::There);
        std::vector<std::string> expected{"broadcast"};
        for (std::uint8_t i = 1; i <= kMany; ++i) {
            const Result<void> joined = at.transport().join(group(i, family), at.index());
            ASSERT_TRUE(joined) << joined.error().what;
        }
        for (std::uint8_t i = 1; i <= kMany; ++i) {
            expected.push_back("group " + std::to_string(i));
            send(from, group(i, family), Way::Multicast, expected.back());
        }
        send(from, {Address::ipv4(255, 255, 255, 255), world().port()}, Way::Broadcast,
             expected.front());
        std::vector<std::string> arrived = texts(collect_all(from, at));
        std::sort(arrived.begin(), arrived.end());
        std::sort(expected.begin(), expected.end());
        EXPECT_EQ(arrived, expected);
    }
}

TEST_P(Groups, LeavingSomeOfManyKeepsTheOthers) {
    Station from = open(Place::Here);
    Station at = open(Place::There);
    for (std::uint8_t i = 1; i <= kMany; ++i)
        ASSERT_TRUE(at.transport().join(group(i), at.index()));
    for (std::uint8_t i = 2; i <= kMany; ++i)
        at.transport().leave(group(i), at.index());
    for (std::uint8_t i = 1; i <= kMany; ++i)
        send(from, group(i), Way::Multicast, "group " + std::to_string(i));
    EXPECT_EQ(texts(collect_all(from, at)), std::vector<std::string>{"group 1"});
    ASSERT_TRUE(at.transport().join(group(kMany), at.index()));
    send(from, group(kMany), Way::Multicast, "the last");
    EXPECT_EQ(texts(collect_all(from, at)), std::vector<std::string>{"the last"});
}

TEST_P(Groups, ErrorsTellNotNowFromNever) {
    Station at = world().station(Place::There);
    const Result<void> early = at.transport().join(group(1), at.index());
    ASSERT_FALSE(early);
    EXPECT_EQ(early.error().code, ErrorCode::TryAgain) << early.error().what;
    ASSERT_TRUE(at.transport().attach(at.interface));
    const Result<void> wrong =
        at.transport().join({Address::ipv4(10, 1, 2, 3), world().port()}, at.index());
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().code, ErrorCode::InvalidArgument) << wrong.error().what;
    EXPECT_FALSE(wrong.error().what.empty());
}

TEST_P(Groups, LeavingWhatWasNeverJoinedIsIgnored) {
    Station from = open(Place::Here);
    Station at = open(Place::There, group(1));
    at.transport().leave(group(2), at.index());
    at.transport().leave(group(1), InterfaceIndex{1u << 30});
    send(from, group(1), Way::Multicast, "still here");
    EXPECT_EQ(texts(collect_all(from, at)), std::vector<std::string>{"still here"});
}

INSTANTIATE_TEST_SUITE_P(Worlds, Groups, testing::ValuesIn(worlds()), world_name);

}  // namespace

}  // namespace mcast::conformance
