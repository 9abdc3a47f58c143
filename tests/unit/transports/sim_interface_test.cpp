#include <cerrno>

#include "tests/unit/transports/sim_station.hpp"

namespace mcast::sim {
namespace {

class SimInterface : public ::testing::Test {
protected:
    SimInterface() { receiver.join(); }
    Texts exchange(std::string_view text) {
        sender.send(text);
        lan.advance(1ms);
        return receiver.texts();
    }

    Lan lan{1};
    Station sender{lan.host("sender", {{}})};
    Station receiver{lan.host("receiver", {{}})};
};

TEST_F(SimInterface, IsUpWithTheAddressesOfItsNetwork) {
    const Interface& interface = receiver.interface();
    EXPECT_TRUE(interface.up);
    EXPECT_EQ(interface.name, "eth0");
    EXPECT_EQ(interface.mtu, 1500u);
    ASSERT_EQ(interface.addresses.size(), 2u);
    const Address& other = sender.interface().addresses[0].address;
    EXPECT_TRUE(interface.addresses[0].address.shares_prefix(other, 16));
    EXPECT_NE(interface.addresses[0].address, other);
    EXPECT_TRUE(interface.addresses[1].address.is_link_local());
    EXPECT_FALSE(receiver.host.interfaces->poll());
}

TEST_F(SimInterface, DownRefusesSendsAndReceivesNothing) {
    lan.interface_down("sender", "eth0");
    EXPECT_TRUE(sender.host.interfaces->poll());
    EXPECT_FALSE(sender.interface().up);
    EXPECT_EQ(exchange("refused"), Texts{});
    EXPECT_EQ(sender.transport().counters(sender.index()).last_send_error, ENETDOWN);
    EXPECT_EQ(sender.transport().attach(sender.interface()).error().code, ErrorCode::TryAgain);
    lan.interface_up("sender", "eth0");
    EXPECT_TRUE(sender.host.interfaces->poll());
    EXPECT_EQ(exchange("sent"), Texts{"sent"});

    lan.interface_down("receiver", "eth0");
    EXPECT_EQ(exchange("nobody there"), Texts{});
    EXPECT_EQ(lan.counters().partitioned, 1u);
    lan.interface_up("receiver", "eth0");
    // As in Linux, what was joined outlives down and up.
    EXPECT_EQ(exchange("back"), Texts{"back"});
}

TEST_F(SimInterface, WhatIsUnderWayToADyingInterfaceIsLost) {
    sender.send("too late");
    lan.interface_down("receiver", "eth0");
    lan.advance(1ms);
    EXPECT_EQ(receiver.texts(), Texts{});
    EXPECT_EQ(lan.counters().partitioned, 1u);
}

TEST_F(SimInterface, RecreatedIsAnotherInterfaceWithoutMemberships) {
    const InterfaceIndex before = receiver.index();
    const Endpoint endpoint = receiver.endpoint();
    lan.interface_recreate("receiver", "eth0");
    EXPECT_EQ(exchange("not joined"), Texts{});
    receiver.send("refused", kGroup, before);
    EXPECT_EQ(receiver.transport().counters(before).last_send_error, ENODEV);
    EXPECT_EQ(receiver.transport().join(kGroup, before).error().code, ErrorCode::TryAgain);
    const Interface old = receiver.interface();
    EXPECT_EQ(receiver.transport().attach(old).error().code, ErrorCode::TryAgain);

    receiver.transport().detach(before);
    receiver.attach_all();
    receiver.join();
    EXPECT_GT(receiver.index(), before);
    EXPECT_NE(receiver.endpoint(), endpoint);
    EXPECT_EQ(exchange("joined"), Texts{"joined"});
}

TEST_F(SimInterface, ReaddressedKeepsIndexAndMemberships) {
    const InterfaceIndex before = receiver.index();
    const Endpoint endpoint = receiver.endpoint();
    lan.interface_readdress("receiver", "eth0");
    EXPECT_TRUE(receiver.host.interfaces->poll());
    EXPECT_EQ(receiver.index(), before);
    EXPECT_NE(receiver.endpoint(), endpoint);
    EXPECT_EQ(exchange("same cable"), Texts{"same cable"});
    sender.send("old address", endpoint);
    sender.send("new address", receiver.endpoint());
    lan.advance(1ms);
    EXPECT_EQ(receiver.texts(), Texts{"new address"});
}

TEST_F(SimInterface, MovedIsOnAnotherNetwork) {
    sender.send("under way");
    lan.interface_move("receiver", "eth0", "garden");
    EXPECT_EQ(exchange("left behind"), Texts{});
    lan.interface_move("sender", "eth0", "garden");
    EXPECT_EQ(exchange("together"), Texts{"together"});
    EXPECT_TRUE(receiver.host.interfaces->poll());
    EXPECT_TRUE(
        receiver.interface().addresses[0].address.shares_prefix(sender.endpoint().address, 16));
}

TEST_F(SimInterface, DetachedForgetsMembershipsAndWhatWaits) {
    sender.send("waits");
    lan.advance(1ms);
    const InterfaceIndex index = receiver.index();
    receiver.transport().detach(index);
    receiver.transport().detach(index);
    EXPECT_EQ(receiver.texts(), Texts{});
    EXPECT_EQ(receiver.transport().unicast_endpoint(index, Family::Ipv4), std::nullopt);
    EXPECT_EQ(exchange("detached"), Texts{});
    receiver.attach_all();
    EXPECT_EQ(exchange("not joined"), Texts{});
    EXPECT_EQ(receiver.transport().counters(index).received_datagrams, 0u);
    // Attached once more with a new state, what is joined stays.
    receiver.join();
    receiver.attach_all();
    EXPECT_EQ(exchange("joined"), Texts{"joined"});
}

TEST_F(SimInterface, TunnelsAreNoBroadcasters) {
    Station vpn(lan.host("vpn", {{.name = "tun0", .kind = InterfaceKind::Tunnel}}));
    EXPECT_TRUE(vpn.interface().point_to_point);
    EXPECT_FALSE(vpn.interface().broadcast);
    vpn.send("nowhere", kBroadcast);
    EXPECT_EQ(vpn.transport().counters(vpn.index()).last_send_error, ENETUNREACH);
}

}  // namespace
}  // namespace mcast::sim
