// What holds of kernel sockets only: losses that the kernel counts, ports that others hold.

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <thread>

#include "base/file_descriptor.hpp"
#include "tests/conformance/conformance_test.hpp"
#include "tests/conformance/socket_world.hpp"

namespace mcast::conformance {

namespace {

class Sockets : public testing::TestWithParam<SocketWorldMaker> {
protected:
    void SetUp() override { world_ = GetParam().make(); }

    SocketWorld& world() { return *world_; }
    Group group(std::uint8_t number) { return group_of(Family::Ipv4, number, world_->port()); }
    Station open(Place place, const socket::Options& options) {
        Station station = world_->station(place, options);
        const Result<void> attached = station.transport().attach(station.interface);
        EXPECT_TRUE(attached) << attached.error().what;
        return station;
    }
    Station open(Place place) { return open(place, world_->options()); }
    Station open(Place place, const Group& group) {
        Station station = open(place);
        EXPECT_TRUE(station.transport().join(group, station.index()));
        return station;
    }

private:
    std::unique_ptr<SocketWorld> world_;
};

std::string name_of(const testing::TestParamInfo<SocketWorldMaker>& info) {
    return info.param.name;
}

bool readable(int fd, int timeout_milliseconds = 0) {
    pollfd entry{fd, POLLIN, 0};
    return ::poll(&entry, 1, timeout_milliseconds) == 1;
}

// A receive buffer of the least size, and far more than it holds.
TEST_P(Sockets, EveryKernelDropIsCountedOnce) {
    socket::Options small = world().options();
    small.receive_buffer_size = 1;
    Station from = open(Place::Here);
    Station at = open(Place::There, small);
    ASSERT_TRUE(at.transport().join(group(1), at.index()));
    constexpr std::uint64_t kSent = 2000;
    for (std::uint64_t i = 0; i < kSent; ++i)
        send(from, group(1), Way::Multicast, "flood");
    // A fence behind them on the same path: all have been delivered or dropped by now.
    std::uint64_t received = collect_all(from, at).size();
    EXPECT_LT(received, kSent);
    EXPECT_EQ(at.transport().counters(at.index()).receive_dropped, kSent - received);
    // The next arrival tells the running total a second time.
    send(from, group(1), Way::Multicast, "after the flood");
    EXPECT_EQ(texts(collect(at, 1)), std::vector<std::string>{"after the flood"});
    EXPECT_EQ(at.transport().counters(at.index()).receive_dropped, kSent - received);
}

TEST_P(Sockets, OthersOfTheMachineHearMulticastUnlessTheyShallNot) {
    Station from = open(Place::Here);
    Station beside = open(Place::Here, group(1));
    from.transport().loop_multicast(from.index(), false);
    send(from, group(1), Way::Multicast, "not for you");
    // What is sent on the loopback interface comes back from the interface itself.
    const bool comes_back = from.interface.kind == InterfaceKind::Loopback;
    EXPECT_EQ(collect_all(from, beside).size(), comes_back ? 1u : 0u);
    from.transport().loop_multicast(from.index(), true);
    send(from, group(1), Way::Multicast, "for you");
    EXPECT_EQ(texts(collect(beside, 1)), std::vector<std::string>{"for you"});
}

TEST_P(Sockets, DropsOfASocketThatIsClosedStayCounted) {
    socket::Options small = world().options();
    small.receive_buffer_size = 1;
    Station from = open(Place::Here);
    Station at = open(Place::There, small);
    for (std::uint8_t i = 1; i <= 21; ++i)
        ASSERT_TRUE(at.transport().join(group(i), at.index()));
    for (int i = 0; i < 500; ++i)
        send(from, group(21), Way::Multicast, "flood");
    const std::size_t received = collect_all(from, at).size();
    at.transport().leave(group(21), at.index());
    EXPECT_EQ(at.transport().counters(at.index()).receive_dropped, 500 - received);
}

TEST_P(Sockets, WhatIsLongerThanOurBuffersIsDroppedAndCounted) {
    socket::Options shorter = world().options();
    shorter.datagram_max = 512;
    Station from = open(Place::Here);
    Station at = open(Place::There, shorter);
    ASSERT_TRUE(at.transport().join(group(1), at.index()));
    send(from, group(1), Way::Multicast, std::string(513, 'x'));
    send(from, group(1), Way::Multicast, std::string(512, 'y'));
    EXPECT_EQ(texts(collect(at, 1)), std::vector<std::string>{std::string(512, 'y')});
    EXPECT_EQ(at.transport().counters(at.index()).receive_truncated, 1u);
    EXPECT_EQ(at.transport().counters(at.index()).received_datagrams, 1u);
    EXPECT_EQ(at.transport().receive_buffers_free(), kReceiveBuffers);
}

TEST_P(Sockets, WhatWasQueuedForAGroupThatWasLeftIsCountedAsLeaked) {
    Station from = open(Place::Here);
    Station at = open(Place::There, group(1));
    Station witness = open(Place::There, group(1));
    send(from, group(1), Way::Multicast, "queued");
    EXPECT_EQ(collect_all(from, witness).size(), 1u);
    at.transport().leave(group(1), at.index());
    EXPECT_TRUE(collect_all(from, at).empty());
    EXPECT_EQ(at.transport().counters(at.index()).receive_leaked, 1u);
}

TEST_P(Sockets, ARefusedDatagramIsCountedAndTheOthersGoOn) {
    Station from = open(Place::Here);
    Station at = open(Place::There, group(1));
    std::vector<Datagram> batch{
        datagram_for(from, group(1), Way::Multicast, "first"),
        // The reserved class E: no kernel has a route to it.
        datagram_for(from, {Address::ipv4(127, 0, 0, 1), 0}, Way::Unicast, "-"),
        datagram_for(from, group(1), Way::Multicast, "last")};
    EXPECT_EQ(from.transport().send(batch), 3u);
    EXPECT_EQ(texts(collect(at, 2)), (std::vector<std::string>{"first", "last"}));
    const TransportCounters counters = from.transport().counters(from.index());
    EXPECT_EQ(counters.sent_datagrams, 3u);
    EXPECT_EQ(counters.send_errors, 1u);
    EXPECT_EQ(counters.last_send_error, EINVAL);
}

TEST_P(Sockets, AFloodOnOneSocketDoesNotStarveTheOthers) {
    Station from = open(Place::Here);
    Station at = open(Place::There, group(1));
    for (int i = 0; i < 90; ++i)
        send(from, endpoint_of(at, Family::Ipv4), Way::Unicast, "flood");
    send(from, group(1), Way::Multicast, "heard");
    Station witness = open(Place::There);
    EXPECT_TRUE(collect_all(from, witness).empty());
    // Two sockets have something: each gets its turn before one gets its second.
    std::vector<std::string> arrived;
    for (int turn = 0; turn < 2; ++turn)
        for (const Arrival& arrival : receive_now(at, 16))
            arrived.push_back(arrival.text);
    EXPECT_EQ(std::count(arrived.begin(), arrived.end(), "heard"), 1);
}

TEST_P(Sockets, AFloodOfWhatIsDroppedDoesNotHoldUpACall) {
    socket::Options shorter = world().options();
    shorter.datagram_max = 512;
    Station from = open(Place::Here);
    Station at = open(Place::There, shorter);
    const auto truncated = [&] { return at.transport().counters(at.index()).receive_truncated; };
    for (int i = 0; i < 200; ++i)
        send(from, endpoint_of(at, Family::Ipv4), Way::Unicast, std::string(513, 'x'));
    send(from, endpoint_of(at, Family::Ipv4), Way::Unicast, "behind it");
    Station witness = open(Place::There);
    EXPECT_TRUE(collect_all(from, witness).empty());
    EXPECT_TRUE(receive_now(at, 16).empty());
    EXPECT_GT(truncated(), 0u);
    EXPECT_LT(truncated(), 200u);
    EXPECT_EQ(texts(collect(at, 1)), std::vector<std::string>{"behind it"});
    EXPECT_EQ(truncated(), 200u);
}

TEST_P(Sockets, ABroadcastThatIsTooLongIsCountedOnce) {
    socket::Options shorter = world().options();
    shorter.datagram_max = 512;
    Station from = open(Place::Here);
    Station at = open(Place::There, shorter);
    for (std::uint8_t i = 1; i <= 50; ++i)  // three sockets
        ASSERT_TRUE(at.transport().join(group(i), at.index()));
    const Endpoint all{Address::ipv4(255, 255, 255, 255), world().port()};
    send(from, all, Way::Broadcast, std::string(513, 'x'));
    EXPECT_TRUE(collect_all(from, at).empty());
    EXPECT_EQ(at.transport().counters(at.index()).receive_truncated, 1u);
}

TEST_P(Sockets, ThirdPartiesCannotFragmentOurDatagrams) {
    socket::Options large = world().options();
    large.datagram_max = 8960;
    Station from = open(Place::Here, large);
    Station at = open(Place::There, large);
    ASSERT_TRUE(at.transport().join(group(1), at.index()));
    const bool fits = from.interface.mtu >= large.datagram_max + 28;
    send(from, group(1), Way::Multicast, std::string(large.datagram_max, 'x'));
    EXPECT_EQ(collect_all(from, at).size(), fits ? 1u : 0u);
    const TransportCounters counters = from.transport().counters(from.index());
    EXPECT_EQ(counters.send_errors, fits ? 0u : 1u);
    EXPECT_EQ(counters.last_send_error, fits ? 0 : EMSGSIZE);
}

TEST_P(Sockets, AWakeFromAnotherThreadEndsAWait) {
    Station at = open(Place::There);
    std::thread waker([&at] { at.transport().wake(); });
    const Instant deadline = at.clock().now() + kPatience;
    at.transport().wait(deadline);
    EXPECT_LT(at.clock().now(), deadline);
    waker.join();
}

TEST_P(Sockets, AWatchedDescriptorEndsAWait) {
    Station at = open(Place::There);
    const FileDescriptor watched(::eventfd(0, EFD_CLOEXEC));
    at.transport().watch(watched.get());
    at.transport().watch(watched.get());
    const int fd = at.transport().capabilities().fd;
    EXPECT_FALSE(readable(fd));
    ASSERT_EQ(::eventfd_write(watched.get(), 1), 0);
    EXPECT_TRUE(readable(fd));
    const Instant deadline = at.clock().now() + kPatience;
    at.transport().wait(deadline);
    EXPECT_LT(at.clock().now(), deadline);
    EXPECT_TRUE(receive_now(at).empty());
}

TEST_P(Sockets, TheDescriptorIsReadableWhileSomethingCanBeReceived) {
    Station from = open(Place::Here);
    Station at = open(Place::There, group(1));
    const int fd = at.transport().capabilities().fd;
    EXPECT_FALSE(readable(fd));
    send(from, group(1), Way::Multicast, "data");
    EXPECT_TRUE(readable(fd, 5000));
    EXPECT_EQ(receive_now(at).size(), 1u);
    EXPECT_FALSE(readable(fd));
    at.transport().wake();
    EXPECT_TRUE(readable(fd));
    EXPECT_TRUE(receive_now(at).empty());
    EXPECT_FALSE(readable(fd)) << "a wake is noticed by receive(), for loops that never wait()";
}

TEST_P(Sockets, WithoutABufferAWaitDoesNotSpinOnWhatCannotBeReceived) {
    Station from = open(Place::Here);
    Station at = open(Place::There, group(1));
    std::vector<Datagram> held(kReceiveBuffers);
    std::size_t count = 0;
    const Instant patience = at.clock().now() + kPatience;
    for (std::size_t i = 0; i < kReceiveBuffers + 1; ++i)
        send(from, group(1), Way::Multicast, "x");
    while (count < held.size() && at.clock().now() < patience) {
        const std::size_t more = at.transport().receive(std::span(held).subspan(count));
        if (more == 0) at.transport().wait(patience);
        count += more;
    }
    ASSERT_EQ(count, kReceiveBuffers);
    const Instant deadline = at.clock().now() + std::chrono::milliseconds(20);
    int returns = 0;
    while (at.clock().now() < deadline) {
        at.transport().wait(deadline);
        ++returns;
    }
    EXPECT_LT(returns, 100);
    at.transport().wake();
    at.transport().wait(at.clock().now() + kPatience);
    held.clear();
    EXPECT_EQ(collect(at, 1).size(), 1u);
}

// Whoever receives without a pause has one socket asked by itself; the others are heard all the
// same, at the latest behind the next arrival.
TEST_P(Sockets, WhoSpinsOnOneSocketHearsTheOthers) {
    Station from = open(Place::Here);
    Station at = open(Place::There, group(1));
    std::vector<std::string> heard;
    const auto spin_until = [&](const std::string& text) {
        const Instant patience = at.clock().now() + kPatience;
        while (at.clock().now() < patience) {
            for (const std::string& each : texts(receive_now(at)))
                heard.push_back(each);
            if (std::find(heard.begin(), heard.end(), text) != heard.end()) return;
        }
        FAIL() << text << " has not arrived";
    };
    const Endpoint unicast = endpoint_of(at, Family::Ipv4);
    for (int round = 0; round < 20; ++round) {
        for (int i = 0; i < 20; ++i) {
            heard.clear();
            send(from, group(1), Way::Multicast, "tick");
            spin_until("tick");
        }
        heard.clear();
        send(from, unicast, Way::Unicast, "by itself");
        spin_until("by itself");
        send(from, unicast, Way::Unicast, "between");
        send(from, group(1), Way::Multicast, "first");
        spin_until("first");
        send(from, group(1), Way::Multicast, "second");
        spin_until("second");
        EXPECT_NE(std::find(heard.begin(), heard.end(), "between"), heard.end());
    }
}

// Awake first, and then asleep: what ends a wait is the same.
TEST_P(Sockets, AWaitThatLooksBeforeItSleepsEndsLikeAnyOther) {
    Station from = open(Place::Here);
    for (const Duration busy_poll : {Duration(std::chrono::milliseconds(2)), kPatience}) {
        socket::Options options = world().options();
        options.busy_poll = busy_poll;
        Station at = open(Place::There, options);
        ASSERT_TRUE(at.transport().join(group(1), at.index()));
        const auto wait = [&](Duration patience) {
            const Instant deadline = at.clock().now() + patience;
            at.transport().wait(deadline);
            return at.clock().now() < deadline;
        };
        EXPECT_FALSE(wait(std::chrono::milliseconds(5)));
        at.transport().wake();
        EXPECT_TRUE(wait(kPatience));
        EXPECT_FALSE(wait(std::chrono::milliseconds(5))) << "a wake ends one wait";
        std::thread later([&] {
            std::this_thread::yield();
            at.transport().wake();
        });
        EXPECT_TRUE(wait(kPatience));
        later.join();
        send(from, group(1), Way::Multicast, "data");
        EXPECT_TRUE(wait(kPatience));
        EXPECT_EQ(texts(collect(at, 1)), std::vector<std::string>{"data"});
    }
}

TEST_P(Sockets, FurtherSocketsAreClosedWhenTheirGroupsAreLeft) {
    const auto open_count = [] {
        const std::filesystem::directory_iterator entries("/proc/self/fd");
        return std::distance(begin(entries), end(entries));
    };
    Station at = open(Place::There);
    const auto before = open_count();
    for (std::uint8_t i = 1; i <= 50; ++i)
        ASSERT_TRUE(at.transport().join(group(i), at.index()));
    EXPECT_EQ(open_count(), before + 2) << "20 to a socket, one of them is always there";
    for (std::uint8_t i = 1; i <= 50; ++i)
        at.transport().leave(group(i), at.index());
    EXPECT_EQ(open_count(), before);
}

TEST_P(Sockets, AnInterfaceThatIsGoneIsNotNow) {
    Station at = world().station(Place::There);
    at.interface.index = InterfaceIndex{1u << 30};
    const Result<void> attached = at.transport().attach(at.interface);
    ASSERT_FALSE(attached);
    EXPECT_EQ(attached.error().code, ErrorCode::TryAgain) << attached.error().what;
    EXPECT_EQ(attached.error().os, ENODEV) << attached.error().what;
}

TEST_P(Sockets, AnInterfaceWithoutAddressIsNotNowAndAFamilyComesWithItsAddress) {
    Station at = world().station(Place::There);
    const std::vector<InterfaceAddress> all = at.interface.addresses;
    at.interface.addresses.clear();
    const Result<void> early = at.transport().attach(at.interface);
    ASSERT_FALSE(early);
    EXPECT_EQ(early.error().code, ErrorCode::TryAgain) << early.error().what;

    const Group ipv6 = group_of(Family::Ipv6, 1, world().port());
    at.interface.addresses = {all.front()};
    ASSERT_TRUE(at.transport().attach(at.interface));
    const Endpoint endpoint = endpoint_of(at, Family::Ipv4);
    EXPECT_FALSE(at.transport().unicast_endpoint(at.index(), Family::Ipv6));
    const Result<void> joined = at.transport().join(ipv6, at.index());
    ASSERT_FALSE(joined);
    EXPECT_EQ(joined.error().code, ErrorCode::TryAgain) << joined.error().what;

    at.interface.addresses = all;
    ASSERT_TRUE(at.transport().attach(at.interface));
    EXPECT_EQ(endpoint_of(at, Family::Ipv4), endpoint);
    EXPECT_TRUE(at.transport().unicast_endpoint(at.index(), Family::Ipv6));
    EXPECT_TRUE(at.transport().join(ipv6, at.index()));
}

TEST_P(Sockets, OptionsSwitchFamiliesOff) {
    socket::Options options = world().options();
    options.ipv6 = false;
    Station at = open(Place::There, options);
    EXPECT_FALSE(at.transport().unicast_endpoint(at.index(), Family::Ipv6));
    const Result<void> joined =
        at.transport().join(group_of(Family::Ipv6, 1, world().port()), at.index());
    ASSERT_FALSE(joined);
    EXPECT_EQ(joined.error().code, ErrorCode::Unsupported) << joined.error().what;
}

INSTANTIATE_TEST_SUITE_P(Worlds, Sockets, testing::ValuesIn(socket_worlds()), name_of);

}  // namespace

}  // namespace mcast::conformance
