#include <gtest/gtest.h>

#include "tests/support/allocation_count.hpp"
#include "tests/unit/transports/membership_frames.hpp"
#include "tests/unit/transports/neighbour_frames.hpp"
#include "transports/dpdk/frame_template.hpp"

namespace mcast::dpdk {
namespace {

using namespace std::chrono_literals;
using mcast::test::AllocationCount;
using test::address;
using test::Bytes;

TEST(FramesAllocateNothing, WritingAndReading) {
    const FrameTemplate headers({.source_mac = test::kUs.mac,
                                 .destination_mac = multicast_mac(address("239.1.1.1")),
                                 .tag = std::nullopt,
                                 .source = {address("10.77.0.1"), 1},
                                 .destination = {address("239.1.1.1"), 2}});
    Bytes frame(headers.header_size() + 1000);
    const AllocationCount allocations;
    for (std::uint16_t i = 0; i < 100; ++i) {
        headers.write(frame, i, UdpChecksum::Software);
        EXPECT_EQ(parse_frame(frame, {}).kind, FrameKind::Udp);
    }
    EXPECT_EQ(allocations.since(), 0u);
}

TEST(FramesAllocateNothing, MembershipFromItsFirstGroupOn) {
    GroupMembership membership(test::kUs, {.group_max = 64});
    Random random(1);
    Bytes frame(1514);
    const Bytes query = test::igmp_query("110a 0000 00000000 02 7d 0000");
    const Bytes old_query = test::igmp_query("110a 0000 00000000");
    std::size_t frames = 0;
    const AllocationCount allocations;
    Instant now{1h};
    for (int round = 0; round < 20; ++round) {
        for (std::uint8_t i = 0; i < 70; ++i)
            membership.join(now, Address::ipv4(239, 1, 1, i));
        membership.on_frame(now, parse_frame(round % 2 == 0 ? query : old_query, {}), random);
        for (std::uint8_t i = 0; i < 70; ++i)
            membership.leave(now, Address::ipv4(239, 1, 1, i));
        for (int step = 0; step < 30; ++step, now += 200ms)
            while (membership.write_due(now, frame, random) > 0)
                ++frames;
        now += 300s;
    }
    EXPECT_EQ(allocations.since(), 0u);
    EXPECT_GT(frames, 100u);
}

TEST(FramesAllocateNothing, Neighbours) {
    Neighbours neighbours(test::kUs, 32);
    const InterfaceAddress own = test::on_prefix("10.77.0.1", 24);
    Bytes frame(kControlFrameMin);
    const Bytes question = test::question(test::kThem, "10.77.0.2", "10.77.0.1");
    std::size_t frames = 0;
    const AllocationCount allocations;
    Instant now{1h};
    neighbours.set_addresses(now, std::span(&own, 1));
    for (int round = 0; round < 20; ++round, now += 10s) {
        for (std::uint8_t i = 2; i < 100; ++i) {
            neighbours.learn(now, Address::ipv4(10, 77, 0, i), test::kThem.mac);
            static_cast<void>(neighbours.lookup(now, Address::ipv4(10, 77, 0, i)));
            static_cast<void>(neighbours.lookup(now, Address::ipv4(10, 77, 0, 200)));
            neighbours.on_frame(now, parse_frame(question, {}));
        }
        while (neighbours.write_due(now, frame) > 0)
            ++frames;
    }
    EXPECT_EQ(allocations.since(), 0u);
    EXPECT_GT(frames, 100u);
}

}  // namespace
}  // namespace mcast::dpdk
