#include "platform/interface_table.hpp"

#include <gtest/gtest.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_arp.h>
#include <sys/socket.h>

#include "netlink_bytes.hpp"

namespace mcast::platform {
namespace {

struct LinkSaid {
    int index = 2;
    std::string name = "e0";
    unsigned flags = IFF_UP | IFF_RUNNING | IFF_BROADCAST | IFF_MULTICAST;
    std::uint8_t state = IF_OPER_UP;
    std::uint32_t master = 0;
    std::string kind = "veth";
    std::uint32_t mtu = 1500;
};

Bytes link(const LinkSaid& said) {
    ifinfomsg header{};
    header.ifi_type = ARPHRD_ETHER;
    header.ifi_index = said.index;
    header.ifi_flags = said.flags;
    return payload(header, {text(IFLA_IFNAME, said.name), number(IFLA_MTU, said.mtu),
                            number(IFLA_OPERSTATE, said.state), number(IFLA_MASTER, said.master),
                            attribute(IFLA_LINKINFO, text(IFLA_INFO_KIND, said.kind))});
}

Bytes address(unsigned index, unsigned last, unsigned peer, std::uint32_t flags = 0) {
    ifaddrmsg header{};
    header.ifa_family = AF_INET;
    header.ifa_prefixlen = 24;
    header.ifa_index = index;
    return payload(header, {octets(IFA_ADDRESS, {10, 0, 0, peer}),
                            octets(IFA_LOCAL, {10, 0, 0, last}), number(IFA_FLAGS, flags)});
}

class InterfaceTableTest : public testing::Test {
protected:
    void apply(std::uint16_t type, const Bytes& content) {
        const Bytes datagram = message(type, content);
        NetlinkMessageReader reader(datagram);
        table_.apply(*reader.next());
    }
    Interface only() {
        const auto list = table_.interfaces();
        EXPECT_EQ(list.size(), 1u);
        return list.empty() ? Interface{} : list.front();
    }

    InterfaceTable table_{[](const std::string& name, std::uint32_t) { return name == "wlan0"; }};
};

TEST_F(InterfaceTableTest, IsSortedByIndex) {
    apply(RTM_NEWLINK, link({.index = 9, .name = "e9"}));
    apply(RTM_NEWLINK, link({.index = 3, .name = "wlan0"}));
    const auto list = table_.interfaces();
    ASSERT_EQ(list.size(), 2u);
    EXPECT_EQ(list[0].name, "wlan0");
    EXPECT_EQ(list[0].kind, InterfaceKind::Wifi);
    EXPECT_EQ(list[1].index.value, 9u);
}

TEST_F(InterfaceTableTest, FlagsBecomeFields) {
    apply(RTM_NEWLINK, link({.mtu = 1400}));
    const Interface plain = only();
    EXPECT_TRUE(plain.up && plain.multicast && plain.broadcast);
    EXPECT_FALSE(plain.point_to_point || plain.enslaved);
    EXPECT_EQ(plain.mtu, 1400u);
    apply(RTM_NEWLINK, link({.flags = IFF_POINTOPOINT}));
    const Interface other = only();
    EXPECT_FALSE(other.up || other.multicast || other.broadcast);
    EXPECT_TRUE(other.point_to_point);
}

TEST_F(InterfaceTableTest, LoopbackCountsAsMulticastCapable) {
    apply(RTM_NEWLINK, link({.name = "lo",
                             .flags = IFF_LOOPBACK | IFF_UP | IFF_RUNNING,
                             .state = IF_OPER_UNKNOWN}));
    EXPECT_TRUE(only().multicast);
    EXPECT_TRUE(only().up);
}

TEST_F(InterfaceTableTest, UpNeedsFlagsAndAnOperationalState) {
    const unsigned running = IFF_UP | IFF_RUNNING;
    for (const auto& [flags, state, up] :
         {std::tuple(running, IF_OPER_UP, true), std::tuple(running, IF_OPER_UNKNOWN, true),
          std::tuple(running, IF_OPER_DORMANT, false), std::tuple(running, IF_OPER_DOWN, false),
          std::tuple(unsigned{IFF_UP}, IF_OPER_LOWERLAYERDOWN, false),
          std::tuple(unsigned{IFF_RUNNING}, IF_OPER_UP, false)}) {
        apply(RTM_NEWLINK, link({.flags = flags, .state = static_cast<std::uint8_t>(state)}));
        EXPECT_EQ(only().up, up) << flags << " " << state;
    }
}

TEST_F(InterfaceTableTest, PortsAreEnslavedButMembersOfAVrfAreNot) {
    apply(RTM_NEWLINK, link({.index = 2, .master = 5}));
    EXPECT_TRUE(only().enslaved) << "the master is not known yet";
    apply(RTM_NEWLINK, link({.index = 5, .name = "m", .kind = "bridge"}));
    EXPECT_TRUE(table_.interfaces()[0].enslaved);
    apply(RTM_NEWLINK, link({.index = 5, .name = "m", .kind = "vrf"}));
    EXPECT_FALSE(table_.interfaces()[0].enslaved);
}

TEST_F(InterfaceTableTest, RemovedInterfaceTakesItsAddressesAlong) {
    apply(RTM_NEWLINK, link({}));
    apply(RTM_NEWADDR, address(2, 1, 1));
    EXPECT_EQ(only().addresses.size(), 1u);
    apply(RTM_DELLINK, link({}));
    EXPECT_TRUE(table_.interfaces().empty());
    apply(RTM_NEWLINK, link({}));
    EXPECT_TRUE(only().addresses.empty());
}

TEST_F(InterfaceTableTest, AddressKnownBeforeItsInterfaceIsListedOnceThatIsKnown) {
    apply(RTM_NEWADDR, address(2, 1, 1));
    EXPECT_TRUE(table_.interfaces().empty());
    apply(RTM_NEWLINK, link({}));
    EXPECT_EQ(only().addresses.size(), 1u);
}

TEST_F(InterfaceTableTest, OrderOfAddressesDoesNotDependOnTheirComing) {
    apply(RTM_NEWLINK, link({}));
    apply(RTM_NEWADDR, address(2, 9, 9));
    apply(RTM_NEWADDR, address(2, 1, 1, IFA_F_SECONDARY));
    apply(RTM_NEWADDR, address(2, 5, 5));
    const Interface first = only();
    table_.clear();
    EXPECT_TRUE(table_.interfaces().empty());
    apply(RTM_NEWADDR, address(2, 5, 5));
    apply(RTM_NEWADDR, address(2, 1, 1, IFA_F_SECONDARY));
    apply(RTM_NEWLINK, link({}));
    apply(RTM_NEWADDR, address(2, 9, 9));
    EXPECT_EQ(only(), first);
    EXPECT_EQ(first.addresses.front().address, Address::ipv4(10, 0, 0, 5));
    EXPECT_EQ(first.addresses.back().address, Address::ipv4(10, 0, 0, 1)) << "secondary is last";
}

TEST_F(InterfaceTableTest, AddressOfSeveralPeersIsListedOnceUntilTheLastIsGone) {
    apply(RTM_NEWLINK, link({}));
    apply(RTM_NEWADDR, address(2, 1, 7));
    apply(RTM_NEWADDR, address(2, 1, 8));
    EXPECT_EQ(only().addresses.size(), 1u);
    apply(RTM_DELADDR, address(2, 1, 7));
    EXPECT_EQ(only().addresses.size(), 1u);
    apply(RTM_DELADDR, address(2, 1, 8));
    EXPECT_TRUE(only().addresses.empty());
}

TEST_F(InterfaceTableTest, RepeatedAddressIsUpdatedAndADuplicateIsNotListed) {
    apply(RTM_NEWLINK, link({}));
    apply(RTM_NEWADDR, address(2, 1, 1, IFA_F_TENTATIVE));
    EXPECT_TRUE(only().addresses.at(0).tentative);
    apply(RTM_NEWADDR, address(2, 1, 1));
    ASSERT_EQ(only().addresses.size(), 1u);
    EXPECT_FALSE(only().addresses.at(0).tentative);
    apply(RTM_NEWADDR, address(2, 1, 1, IFA_F_TENTATIVE | IFA_F_DADFAILED));
    EXPECT_TRUE(only().addresses.empty());
}

TEST_F(InterfaceTableTest, IncompleteAndForeignMessagesChangeNothing) {
    apply(RTM_NEWLINK, link({}));
    const Interface before = only();
    ifinfomsg header{};
    header.ifi_index = 2;
    apply(RTM_NEWLINK, payload(header, {text(IFLA_IFNAME, "e0"), octets(IFLA_WIRELESS, {1})}));
    header.ifi_family = AF_BRIDGE;
    apply(RTM_DELLINK, payload(header, {}));
    apply(RTM_DELLINK, Bytes(3));
    apply(RTM_NEWADDR, Bytes(3));
    apply(RTM_NEWROUTE, link({.name = "e1"}));
    EXPECT_EQ(only(), before);
}

}  // namespace
}  // namespace mcast::platform
