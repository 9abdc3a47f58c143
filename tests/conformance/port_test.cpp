// Ports of kernel sockets: who has them, and what is said when somebody else does.

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/file_descriptor.hpp"
#include "tests/conformance/conformance_test.hpp"
#include "tests/conformance/socket_world.hpp"

namespace mcast::conformance {

namespace {

class Ports : public testing::Test {
protected:
    std::unique_ptr<SocketWorld> world_ = loopback_world();
};

// Another program's socket, not shared.
FileDescriptor hold(std::uint16_t port) {
    FileDescriptor fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    EXPECT_EQ(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    return fd;
}

TEST_F(Ports, AHeldPortNamesItsHolder) {
    const FileDescriptor holder = hold(world_->port());
    Station station = world_->station(Place::Here);
    const Result<void> attached = station.transport().attach(station.interface);
    ASSERT_FALSE(attached);
    EXPECT_EQ(attached.error().code, ErrorCode::AddressInUse);
    EXPECT_EQ(attached.error().os, EADDRINUSE);
    const std::string expected = "bind port " + std::to_string(world_->port()) +
                                 " on lo: Address already in use (held by pid " +
                                 std::to_string(::getpid()) + " '";
    EXPECT_EQ(attached.error().what.substr(0, expected.size()), expected) << attached.error().what;
    EXPECT_FALSE(station.transport().unicast_endpoint(station.index(), Family::Ipv4));
}

TEST_F(Ports, AFailureOfOneFamilyLeavesNothingHalfAttached) {
    socket::Options options = world_->options();
    Station station = world_->station(Place::Here, options);
    FileDescriptor holder(::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const int only = 1;
    ASSERT_EQ(::setsockopt(holder.get(), IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof(only)), 0);
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(world_->port());
    ASSERT_EQ(::bind(holder.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    EXPECT_FALSE(station.transport().attach(station.interface));
    EXPECT_FALSE(station.transport().unicast_endpoint(station.index(), Family::Ipv4));
    holder = FileDescriptor();
    EXPECT_TRUE(station.transport().attach(station.interface));
    EXPECT_TRUE(station.transport().unicast_endpoint(station.index(), Family::Ipv4));
}

TEST_F(Ports, ExactlyTheUnicastPortThatWasAskedFor) {
    socket::Options options = world_->options();
    {
        const FileDescriptor free = hold(0);
        sockaddr_in address{};
        socklen_t length = sizeof(address);
        ASSERT_EQ(::getsockname(free.get(), reinterpret_cast<sockaddr*>(&address), &length), 0);
        options.unicast_port = ntohs(address.sin_port);
    }
    options.ipv6 = false;
    Station first = world_->station(Place::Here, options);
    ASSERT_TRUE(first.transport().attach(first.interface));
    EXPECT_EQ(endpoint_of(first, Family::Ipv4).port, options.unicast_port);
    Station second = world_->station(Place::Here, options);
    const Result<void> attached = second.transport().attach(second.interface);
    ASSERT_FALSE(attached);
    EXPECT_EQ(attached.error().code, ErrorCode::AddressInUse);
}

TEST_F(Ports, ManyTransportsOfAHostAllFindAPort) {
    std::vector<Station> stations;
    for (std::uint16_t i = 0; i < socket::kUnicastPortCount + 3; ++i) {
        stations.push_back(world_->station(Place::Here));
        ASSERT_TRUE(stations.back().transport().attach(stations.back().interface));
    }
    // Beyond the named ones the kernel chooses.
    EXPECT_GE(endpoint_of(stations.back(), Family::Ipv4).port, 1024);
    send(stations.front(), endpoint_of(stations.back(), Family::Ipv4), Way::Unicast, "found");
    EXPECT_EQ(texts(collect(stations.back(), 1)), std::vector<std::string>{"found"});
}

TEST_F(Ports, GroupsOnAnotherPortAreRefused) {
    Station station = world_->station(Place::Here);
    ASSERT_TRUE(station.transport().attach(station.interface));
    const Group other = group_of(Family::Ipv4, 1, static_cast<std::uint16_t>(world_->port() ^ 1));
    const Result<void> joined = station.transport().join(other, station.index());
    ASSERT_FALSE(joined);
    EXPECT_EQ(joined.error().code, ErrorCode::InvalidArgument) << joined.error().what;
}

}  // namespace

}  // namespace mcast::conformance
