#include "relay/reply_table.hpp"

#include <gtest/gtest.h>

using namespace mcast;
using namespace mcast::relay;
using namespace std::chrono_literals;

namespace {

constexpr Instant kStart = Instant{} + 100s;
const Endpoint kSsdp{Address::ipv4(239, 255, 255, 250), 1900};

Lease lease(std::uint16_t port, std::uint64_t socket, Duration term = 30s) {
    Lease made;
    made.asker = {Address::ipv4(10, 0, 0, 1), port};
    made.asker_interface = {1};
    made.destination = kSsdp;
    made.interface = {2};
    made.socket = {socket};
    made.term = term;
    return made;
}

const Lease* renew(ReplyTable& table, Instant now, std::uint16_t port) {
    const Lease wanted = lease(port, 0);
    return table.renew(now, wanted.asker, wanted.asker_interface, wanted.destination,
                       wanted.interface);
}

}  // namespace

TEST(ReplyTable, BringsBackForItsTermAfterTheLastQuestion) {
    ReplyTable table(4);
    EXPECT_EQ(renew(table, kStart, 1000), nullptr);
    EXPECT_FALSE(table.add(kStart, lease(1000, 7)));
    EXPECT_EQ(table.deadline(), kStart + 30s);
    ASSERT_NE(table.find(kStart + 29s, {7}), nullptr);
    EXPECT_EQ(table.find(kStart + 29s, {7})->asker.port, 1000);
    ASSERT_NE(renew(table, kStart + 20s, 1000), nullptr);
    EXPECT_EQ(renew(table, kStart + 20s, 1000)->socket, PlainSocketId{7});
    EXPECT_NE(table.find(kStart + 49s, {7}), nullptr);
    EXPECT_EQ(table.find(kStart + 50s, {7}), nullptr);
    EXPECT_FALSE(table.expire(kStart + 50s - 1ns));
    const auto gone = table.expire(kStart + 50s);
    ASSERT_TRUE(gone);
    EXPECT_EQ(gone->socket, PlainSocketId{7});
    EXPECT_EQ(table.size(), 0u);
    EXPECT_EQ(table.deadline(), kNever);
    EXPECT_EQ(table.evicted(), 0u);
}

TEST(ReplyTable, EachAskerDestinationAndInterfaceHasItsOwn) {
    ReplyTable table(8);
    table.add(kStart, lease(1000, 1));
    EXPECT_EQ(renew(table, kStart, 1001), nullptr);
    const Lease same = lease(1000, 0);
    EXPECT_EQ(table.renew(kStart, same.asker, {1}, {kSsdp.address, 3702}, {2}), nullptr);
    EXPECT_EQ(table.renew(kStart, same.asker, {1}, kSsdp, {3}), nullptr);
    EXPECT_EQ(table.renew(kStart, same.asker, {4}, kSsdp, {2}), nullptr);
    EXPECT_NE(table.renew(kStart, same.asker, {1}, kSsdp, {2}), nullptr);
    EXPECT_EQ(table.find(kStart, {2}), nullptr);
}

TEST(ReplyTable, WhenAllAreLentTheLeastRecentlyUsedGoesCounted) {
    ReplyTable table(3);
    for (std::uint16_t i = 0; i < 3; ++i)
        EXPECT_FALSE(
            table.add(kStart + 1s * i, lease(static_cast<std::uint16_t>(1000 + i), 1u + i)));
    EXPECT_TRUE(table.full());
    ASSERT_NE(renew(table, kStart + 4s, 1000), nullptr);
    const auto gone = table.add(kStart + 5s, lease(2000, 9));
    ASSERT_TRUE(gone);
    EXPECT_EQ(gone->asker.port, 1001);
    EXPECT_EQ(table.evicted(), 1u);
    EXPECT_EQ(table.size(), 3u);
    EXPECT_EQ(renew(table, kStart + 5s, 1001), nullptr);
    EXPECT_EQ(table.find(kStart + 5s, {2}), nullptr);
    EXPECT_NE(table.find(kStart + 5s, {1}), nullptr);
    EXPECT_NE(table.find(kStart + 5s, {9}), nullptr);
}

TEST(ReplyTable, TheSameAskerAgainReplacesItsLease) {
    ReplyTable table(3);
    table.add(kStart, lease(1000, 1));
    const auto gone = table.add(kStart, lease(1000, 2));
    ASSERT_TRUE(gone);
    EXPECT_EQ(gone->socket, PlainSocketId{1});
    EXPECT_EQ(table.size(), 1u);
    EXPECT_EQ(table.evicted(), 0u);
}

TEST(ReplyTable, WhatIsGoneIsDropped) {
    ReplyTable table(8);
    for (std::uint16_t i = 0; i < 6; ++i)
        table.add(kStart, lease(static_cast<std::uint16_t>(1000 + i), 1u + i));
    int dropped = 0;
    while (table.drop_if([](const Lease& one) { return one.asker.port % 2 == 0; }))
        ++dropped;
    EXPECT_EQ(dropped, 3);
    EXPECT_EQ(table.size(), 3u);
    EXPECT_NE(renew(table, kStart, 1001), nullptr);
}

TEST(ReplyTable, StaysWholeThroughMuchComingAndGoing) {
    ReplyTable table(16);
    std::uint64_t socket = 0;
    for (int i = 0; i < 10000; ++i) {
        const Instant now = kStart + 10ms * i;
        const auto port = static_cast<std::uint16_t>(i * 7919 % 61);
        if (renew(table, now, port) == nullptr) table.add(now, lease(port, ++socket, 100ms));
        while (table.expire(now)) {
        }
        ASSERT_LE(table.size(), 16u);
        ASSERT_NE(renew(table, now, port), nullptr);
    }
}
