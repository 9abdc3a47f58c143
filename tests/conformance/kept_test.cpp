// Sockets that outlive their transport, as over a restart of the program.

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/file_descriptor.hpp"
#include "mcast/socket_keeper.hpp"
#include "tests/conformance/conformance_test.hpp"
#include "tests/conformance/socket_world.hpp"
#include "transports/socket/joined_groups.hpp"

namespace mcast::conformance {

namespace {

// What a service manager does: it has copies, and closes them in its own time. What was taken is
// kept already.
class Keeper final : public socket::SocketKeeper {
public:
    int take(const std::string& name) override {
        auto found = waiting.extract(name);
        if (!found) return -1;
        const int fd = ::dup(found.mapped().get());
        kept.insert(std::move(found));
        return fd;
    }
    void keep(const std::string& name, int fd) override {
        if (!kept.contains(name)) kept[name] = FileDescriptor(::dup(fd));
    }
    void forget(const std::string& name) override {
        if (auto found = kept.extract(name)) forgotten.push_back(std::move(found.mapped()));
    }

    void restart() { waiting = std::move(kept), kept.clear(); }

    std::map<std::string, FileDescriptor> kept;
    std::map<std::string, FileDescriptor> waiting;
    std::vector<FileDescriptor> forgotten;
};

// The world's clock, and how far it is ahead.
struct FastClock final : Clock {
    explicit FastClock(std::unique_ptr<Clock> clock) : inner(std::move(clock)) {}
    [[nodiscard]] Instant now() const override { return inner->now() + ahead; }
    [[nodiscard]] WallTime wall_now() const override { return inner->wall_now(); }

    std::unique_ptr<Clock> inner;
    Duration ahead{};
};

class KeptSockets : public testing::Test {
protected:
    Group group(std::uint8_t number, Family family = Family::Ipv4) {
        return group_of(family, number, world_->port());
    }
    Station open(const socket::Options& options) {
        Station station = world_->station(Place::Here, options);
        EXPECT_TRUE(station.transport().attach(station.interface));
        return station;
    }
    Station open() { return open(world_->options()); }
    // With sockets that are kept, by a clock that can be put forward.
    Station open_kept() { return open_kept(world_->options()); }
    Station open_kept(socket::Options options) {
        options.keeper = &keeper_;
        Station station = world_->station(Place::Here);
        auto clock = std::make_unique<FastClock>(std::move(station.host.clock));
        clock_ = clock.get();
        station.host.clock = std::move(clock);
        station.host.transport = make_kernel_transport(options, *station.host.clock).value();
        EXPECT_TRUE(station.transport().attach(station.interface));
        return station;
    }
    std::vector<Address> joined(const Station& station, Family family = Family::Ipv4) {
        std::vector<Address> groups;
        for (const auto& [name, fd] : keeper_.kept)
            for (const Address& address : socket::joined_groups(fd.get(), station.index(), family))
                groups.push_back(address);
        std::sort(groups.begin(), groups.end());
        return groups;
    }

    std::unique_ptr<SocketWorld> world_ = loopback_world();
    Keeper keeper_;
    FastClock* clock_ = nullptr;
};

TEST_F(KeptSockets, WhatArrivesBetweenTwoRunsIsReceivedByTheSecond) {
    Station from = open();
    Endpoint before;
    {
        Station first = open_kept();
        ASSERT_TRUE(first.transport().join(group(1), first.index()));
        before = endpoint_of(first, Family::Ipv4);
    }
    keeper_.restart();
    send(from, group(1), Way::Multicast, "to the group");
    send(from, before, Way::Unicast, "to it alone");
    Station second = open_kept();
    EXPECT_EQ(endpoint_of(second, Family::Ipv4), before);
    auto heard = texts(collect(second, 2));
    std::sort(heard.begin(), heard.end());
    EXPECT_EQ(heard, (std::vector<std::string>{"to it alone", "to the group"}));
    EXPECT_TRUE(keeper_.waiting.empty());
}

TEST_F(KeptSockets, WhatArrivesByIpv6BetweenTwoRunsIsReceivedByTheSecond) {
    Station from = open();
    Endpoint before;
    const Group joined_before = group(1, Family::Ipv6);  // nothing passes by it here
    {
        Station first = open_kept();
        ASSERT_TRUE(first.transport().join(joined_before, first.index()));
        before = endpoint_of(first, Family::Ipv6);
    }
    keeper_.restart();
    send(from, before, Way::Unicast, "to it alone");
    Station second = open_kept();
    EXPECT_EQ(endpoint_of(second, Family::Ipv6), before);
    EXPECT_EQ(texts(collect(second, 1)), std::vector<std::string>{"to it alone"});
    EXPECT_EQ(joined(second, Family::Ipv6), std::vector<Address>{joined_before.address});
    EXPECT_TRUE(keeper_.waiting.empty());
}

TEST_F(KeptSockets, GroupsThatNobodyJoinsAgainAreLeft) {
    {
        Station first = open_kept();
        for (std::uint8_t number = 1; number <= 25; ++number)  // more than one socket may join
            ASSERT_TRUE(first.transport().join(group(number), first.index()));
        EXPECT_EQ(joined(first).size(), 25u);
    }
    keeper_.restart();
    Station second = open_kept();
    EXPECT_EQ(joined(second).size(), 25u);
    ASSERT_TRUE(second.transport().join(group(3), second.index()));
    ASSERT_TRUE(second.transport().join(group(24), second.index()));
    clock_->ahead = std::chrono::seconds(11);
    EXPECT_TRUE(receive_now(second).empty());
    std::vector<Address> wanted{group(3).address, group(24).address};
    std::sort(wanted.begin(), wanted.end());
    EXPECT_EQ(joined(second), wanted);
    second.transport().leave(group(24), second.index());
    EXPECT_EQ(joined(second), std::vector<Address>{group(3).address});
}

TEST_F(KeptSockets, AGroupIsJoinedAgainWhereItWas) {
    {
        Station first = open_kept();
        for (std::uint8_t number = 1; number <= 21; ++number)
            ASSERT_TRUE(first.transport().join(group(number), first.index()));
        first.transport().leave(group(5), first.index());  // the first socket has room for another
    }
    keeper_.restart();
    Station second = open_kept();
    ASSERT_TRUE(second.transport().join(group(21), second.index()));
    Station from = open();
    send(from, group(21), Way::Multicast, "once");
    EXPECT_EQ(texts(collect_all(from, second)), std::vector<std::string>{"once"});
}

TEST_F(KeptSockets, RunsThatAreNotWantedAnyMoreArriveOneByOne) {
    Endpoint before;
    {
        const Station first = open_kept();
        before = endpoint_of(first, Family::Ipv4);
    }
    keeper_.restart();
    socket::Options options = world_->options();
    options.gro = false;
    Station second = open_kept(options);
    Station from = open();
    std::vector<Datagram> run;
    const std::string text(kDatagramMax, 'x');
    for (int i = 0; i < 10; ++i)
        run.push_back(datagram_for(from, before, Way::Unicast, text));
    ASSERT_EQ(from.transport().send(run), run.size());
    EXPECT_EQ(texts(collect(second, run.size())), std::vector<std::string>(run.size(), text));
}

TEST_F(KeptSockets, AreForgottenWithTheirInterface) {
    Station station = open_kept();
    EXPECT_GE(keeper_.kept.size(), 2u);
    station.transport().detach(station.index());
    EXPECT_TRUE(keeper_.kept.empty());
}

TEST_F(KeptSockets, TheUnicastPortOfOneRunMayBeTheGroupsPortOfTheNext) {
    socket::Options options = world_->options();
    {
        const Station first = open_kept();
        options.port = endpoint_of(first, Family::Ipv4).port;
    }
    keeper_.restart();
    Station second = open_kept(options);
    Station from = open(options);
    EXPECT_NE(endpoint_of(second, Family::Ipv4).port, options.port);
    const Group group = group_of(Family::Ipv4, 1, options.port);
    ASSERT_TRUE(second.transport().join(group, second.index()));
    send(from, group, Way::Multicast, "heard");
    EXPECT_EQ(texts(collect(second, 1)), std::vector<std::string>{"heard"});
}

TEST_F(KeptSockets, WhatIsNoneOfOursIsNotTaken) {
    { Station first = open_kept(); }
    for (auto& [name, fd] : keeper_.kept)
        fd = FileDescriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    keeper_.restart();
    Station from = open();
    Station second = open_kept();
    ASSERT_TRUE(second.transport().join(group(1), second.index()));
    send(from, group(1), Way::Multicast, "heard");
    EXPECT_EQ(texts(collect(second, 1)), std::vector<std::string>{"heard"});
}

}  // namespace

}  // namespace mcast::conformance
