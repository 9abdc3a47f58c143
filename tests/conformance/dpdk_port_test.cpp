// What nodes of one process share, and what a sent mbuf goes through.

#include <gtest/gtest.h>
#include <rte_lcore.h>
#include <sched.h>
#include <signal.h>

#include <cerrno>
#include <optional>
#include <thread>
#include <vector>

#include "tests/conformance/conformance_test.hpp"
#include "tests/conformance/dpdk_world.hpp"
#include "tests/support/allocation_count.hpp"

namespace mcast::conformance {

namespace {

class DpdkPort : public testing::Test {
protected:
    Station open(Place place) {
        Station station = world_->station(place);
        EXPECT_TRUE(station.transport().attach(station.interface));
        EXPECT_TRUE(station.transport().join(group_, station.index()));
        return station;
    }
    [[nodiscard]] static dpdk::PortCounters counters(const Station& station) {
        return dpdk::port_counters(station.interface.name).value_or(dpdk::PortCounters{});
    }

    std::unique_ptr<World> world_ = ring_world();
    const Group group_ = group_of(Family::Ipv4, 1, kPort);
};

TEST_F(DpdkPort, ASteadyStreamAllocatesAndCopiesNothing) {
    Station from = world_->station(Place::Here);
    ASSERT_TRUE(from.transport().attach(from.interface));
    Station at = open(Place::There);
    std::vector<Datagram> batch(16);
    std::vector<Datagram> arrived(16);
    const auto exchange = [&] {
        for (Datagram& datagram : batch) {
            datagram.buffer = from.transport().allocate();
            datagram.buffer.resize(1000);
            datagram.interface = from.index();
            datagram.destination = group_;
        }
        EXPECT_EQ(from.transport().send(batch), batch.size());
        for (Datagram& datagram : batch)
            datagram.buffer.reset();
        EXPECT_EQ(at.transport().receive(arrived), arrived.size());
        for (Datagram& datagram : arrived)
            datagram.buffer.reset();
    };
    exchange();
    const test::AllocationCount allocations;
    for (int round = 0; round < 100; ++round)
        exchange();
    EXPECT_EQ(allocations.since(), 0u);
    EXPECT_EQ(counters(from).resend_copies, 0u);
    EXPECT_EQ(counters(at).foreign_copies, 0u);
    EXPECT_EQ(counters(at).moved_payloads, 0u);
    EXPECT_EQ(counters(at).local_copies, 0u);
}

TEST_F(DpdkPort, WhatIsSentAgainWhileItIsReadElsewhereIsSentFromACopy) {
    Station from = world_->station(Place::Here);
    ASSERT_TRUE(from.transport().attach(from.interface));
    Station at = open(Place::There);
    const Group other = group_of(Family::Ipv4, 2, kPort);
    ASSERT_TRUE(at.transport().join(other, at.index()));
    const Datagram first = datagram_for(from, group_, Way::Multicast, "shared");
    Datagram second = first;
    second.destination = other;
    std::vector<Datagram> batch{first, second};
    ASSERT_EQ(from.transport().send(batch), 2u);
    // The headers of the first are still to be read: they must not have become the second's.
    const std::vector<Arrival> arrivals = collect(at, 2);
    ASSERT_EQ(arrivals.size(), 2u);
    EXPECT_EQ(arrivals[0].destination, group_);
    EXPECT_EQ(arrivals[1].destination, other);
    EXPECT_EQ(texts(arrivals), (std::vector<std::string>{"shared", "shared"}));
    EXPECT_EQ(counters(from).resend_copies, 1u);
    // The sender still holds it, so the receiver has not taken over its memory.
    EXPECT_EQ(counters(at).foreign_copies, 1u);
    // All others are done with it: it goes as it is.
    std::vector<Datagram> again{first};
    ASSERT_EQ(from.transport().send(again), 1u);
    EXPECT_EQ(texts(collect(at, 1)), std::vector<std::string>{"shared"});
    EXPECT_EQ(counters(from).resend_copies, 1u);
}

TEST_F(DpdkPort, ADeviceThatTakesNothingMoreLosesAndCounts) {
    Station from = world_->station(Place::Here);
    ASSERT_TRUE(from.transport().attach(from.interface));
    Datagram datagram = datagram_for(from, group_, Way::Multicast, "nobody reads");
    const Instant deadline = from.clock().now() + kPatience;
    TransportCounters counters;
    do {
        std::vector<Datagram> batch(32, datagram);
        from.transport().send(batch);
        counters = from.transport().counters(from.index());
    } while (counters.send_errors == 0 && from.clock().now() < deadline);
    EXPECT_GT(counters.send_errors, 0u);
    EXPECT_EQ(counters.last_send_error, ENOBUFS);
}

TEST_F(DpdkPort, NodesBeyondTheLimitAreRefusedWithASentence) {
    std::vector<Station> stations;
    for (int i = 0; i < 5; ++i)
        stations.push_back(world_->station(Place::Here));
    dpdk::Options options = dpdk_options(stations.front().interface.name, 1);
    const Result<Host> sixth = dpdk::host(options);
    ASSERT_FALSE(sixth);
    EXPECT_EQ(sixth.error().code, ErrorCode::LimitReached);
    EXPECT_NE(sixth.error().what.find("raise nodes_max"), std::string::npos);
}

TEST_F(DpdkPort, TooFewMbufsAreRefusedWithTheNumberThatIsNeeded) {
    dpdk::Options options = dpdk_options("net_null0", 1);
    options.mbuf_count = 2048;
    const Result<Host> host = dpdk::host(options);
    ASSERT_FALSE(host);
    EXPECT_EQ(host.error().code, ErrorCode::InvalidArgument);
    EXPECT_NE(host.error().what.find("give at least"), std::string::npos) << host.error().what;
}

TEST_F(DpdkPort, PortsCanBeOpenedAgainAndAgain) {
    for (int round = 0; round < 3; ++round) {
        const Result<Host> host = dpdk::host(dpdk_options("net_null1", 1));
        ASSERT_TRUE(host) << host.error().what;
    }
}

TEST_F(DpdkPort, BuffersMayBeDroppedOnAnyThreadAndWhenThePortIsGone) {
    std::vector<Buffer> buffers;
    {
        Station from = world_->station(Place::Here);
        for (int i = 0; i < 40; ++i)
            buffers.push_back(from.transport().allocate());
    }
    std::vector<Buffer> half(buffers.begin(), buffers.begin() + 20);
    std::thread([&half] { half.clear(); }).join();
    buffers.clear();
}

TEST_F(DpdkPort, EalLeavesItsCallerAsItWas) {
    // EAL has been started by this thread's world.
    cpu_set_t set;
    CPU_ZERO(&set);
    ASSERT_EQ(::sched_getaffinity(0, sizeof set, &set), 0);
    EXPECT_EQ(CPU_COUNT(&set), static_cast<int>(std::thread::hardware_concurrency()));
    EXPECT_EQ(rte_lcore_id(), static_cast<unsigned>(LCORE_ID_ANY));
    sigset_t blocked;
    ASSERT_EQ(::pthread_sigmask(SIG_BLOCK, nullptr, &blocked), 0);
    EXPECT_EQ(::sigismember(&blocked, SIGTERM), 0);
    struct sigaction action {};
    ASSERT_EQ(::sigaction(SIGTERM, nullptr, &action), 0);
    EXPECT_EQ(action.sa_handler, SIG_DFL);
}

}  // namespace

}  // namespace mcast::conformance
