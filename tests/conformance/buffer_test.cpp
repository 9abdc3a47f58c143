#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "tests/conformance/conformance_test.hpp"

namespace mcast::conformance {

namespace {

using Buffers = ConformanceTest;

bool aligned(const Buffer& buffer) {
    return reinterpret_cast<std::uintptr_t>(buffer.data()) % 8 == 0;
}

// All buffers that can be had at once.
std::vector<Buffer> allocate_all(Transport& transport) {
    std::vector<Buffer> buffers;
    while (Buffer buffer = transport.allocate())
        buffers.push_back(std::move(buffer));
    return buffers;
}

TEST_P(Buffers, CapabilitiesSayWhatThereIs) {
    Station station = world().station(Place::Here);
    const Capabilities& capabilities = station.transport().capabilities();
    EXPECT_FALSE(capabilities.name.empty());
    EXPECT_EQ(capabilities.datagram_max, kDatagramMax);
    EXPECT_EQ(capabilities.transmit_buffer_count, kTransmitBuffers);
    EXPECT_EQ(capabilities.receive_buffer_count, kReceiveBuffers);
    EXPECT_FALSE(capabilities.drop_remedy.empty());
    EXPECT_EQ(station.transport().receive_buffers_free(), kReceiveBuffers);
}

TEST_P(Buffers, TransmitBuffersAreAlignedAndOfFullSize) {
    Station station = open(Place::Here);
    for (const Buffer& buffer : allocate_all(station.transport())) {
        EXPECT_TRUE(aligned(buffer));
        EXPECT_EQ(buffer.size(), 0u);
        EXPECT_EQ(buffer.capacity(), kDatagramMax);
    }
}

TEST_P(Buffers, AllocateRunsOutAndFillsAgain) {
    Station station = open(Place::Here);
    std::vector<Buffer> all = allocate_all(station.transport());
    EXPECT_EQ(all.size(), kTransmitBuffers);
    const Buffer copy = all.back();
    all.clear();
    EXPECT_EQ(allocate_all(station.transport()).size(), kTransmitBuffers - 1)
        << "all but the one that is still held";
}

TEST_P(Buffers, WhatArrivesIsAlignedWhateverItsSize) {
    Station from = open(Place::Here);
    Station at = open(Place::There, group(1));
    for (std::size_t size = 1; size <= 40; ++size)
        send(from, group(1), Way::Multicast, std::string(size, 'a'));
    std::vector<Datagram> batch(64);
    std::size_t count = 0;
    const Instant deadline = at.clock().now() + kPatience;
    while (count < 40 && at.clock().now() < deadline) {
        const std::size_t more = at.transport().receive(std::span(batch).subspan(count));
        if (more == 0) at.transport().wait(deadline);
        count += more;
    }
    ASSERT_EQ(count, 40u);
    for (std::size_t i = 0; i < count; ++i) {
        EXPECT_TRUE(aligned(batch[i].buffer));
        EXPECT_EQ(batch[i].buffer.size(), i + 1);
    }
}

TEST_P(Buffers, TheyComeBackHoweverMuchPasses) {
    Station from = open(Place::Here);
    Station at = open(Place::There, group(1));
    constexpr std::size_t kRounds = 3 * (kTransmitBuffers + kReceiveBuffers) / 10;
    for (std::size_t round = 0; round < kRounds; ++round) {
        for (int i = 0; i < 10; ++i)
            send(from, group(1), Way::Multicast, "round " + std::to_string(round));
        ASSERT_EQ(collect(at, 10).size(), 10u) << "in round " << round;
    }
    EXPECT_EQ(at.transport().receive_buffers_free(), kReceiveBuffers);
    EXPECT_EQ(allocate_all(from.transport()).size(), kTransmitBuffers);
}

TEST_P(Buffers, HoldingAllStopsReceptionAndLosesNothingThatComesLater) {
    Station from = open(Place::Here);
    Station at = open(Place::There, group(1));
    constexpr std::size_t kMore = 20;
    for (std::size_t i = 0; i < kReceiveBuffers + kMore; ++i)
        send(from, group(1), Way::Multicast, std::to_string(i));

    std::vector<Datagram> held(kReceiveBuffers + kMore);
    std::size_t count = 0;
    const Instant deadline = at.clock().now() + kPatience;
    while (count < kReceiveBuffers && at.clock().now() < deadline) {
        const std::size_t more = at.transport().receive(std::span(held).subspan(count));
        if (more == 0) at.transport().wait(deadline);
        count += more;
    }
    ASSERT_EQ(count, kReceiveBuffers);
    EXPECT_EQ(at.transport().receive_buffers_free(), 0u);
    EXPECT_TRUE(receive_now(at).empty());

    held.clear();
    std::vector<std::string> expected;
    for (std::size_t i = kReceiveBuffers; i < kReceiveBuffers + kMore; ++i)
        expected.push_back(std::to_string(i));
    EXPECT_EQ(texts(collect(at, kMore)), expected);
    EXPECT_EQ(at.transport().receive_buffers_free(), kReceiveBuffers);
}

TEST_P(Buffers, ASentBufferMayBeSentAgain) {
    Station from = open(Place::Here);
    Station at = open(Place::There, group(1));
    const Datagram datagram = datagram_for(from, group(1), Way::Multicast, "twice");
    send(from, datagram);
    EXPECT_EQ(texts(collect(at, 1)), std::vector<std::string>{"twice"});
    send(from, datagram);
    EXPECT_EQ(texts(collect(at, 1)), std::vector<std::string>{"twice"});
}

TEST_P(Buffers, TheyOutliveTheirTransport) {
    std::vector<Datagram> batch(1);
    Buffer unsent;
    {
        Station from = open(Place::Here);
        Station at = open(Place::There, group(1));
        send(from, group(1), Way::Multicast, "still readable");
        const Instant deadline = at.clock().now() + kPatience;
        while (at.transport().receive(batch) == 0 && at.clock().now() < deadline)
            at.transport().wait(deadline);
        unsent = from.transport().allocate();
    }
    ASSERT_TRUE(unsent);
    unsent.resize(1);
    unsent.data()[0] = std::byte{1};
    ASSERT_TRUE(batch[0].buffer);
    EXPECT_EQ(
        std::string(reinterpret_cast<const char*>(batch[0].buffer.data()), batch[0].buffer.size()),
        "still readable");
}

INSTANTIATE_TEST_SUITE_P(Worlds, Buffers, testing::ValuesIn(worlds()), world_name);

}  // namespace

}  // namespace mcast::conformance
