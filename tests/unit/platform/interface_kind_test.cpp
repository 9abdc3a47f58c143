#include "platform/interface_kind.hpp"

#include <gtest/gtest.h>
#include <linux/if.h>
#include <linux/if_arp.h>

namespace mcast::platform {
namespace {

LinkMessage link(std::string name, std::string driver_kind, int device_type = ARPHRD_ETHER) {
    LinkMessage message;
    message.index = 7;
    message.name = std::move(name);
    message.driver_kind = std::move(driver_kind);
    message.device_type = static_cast<std::uint16_t>(device_type);
    return message;
}

TEST(InterfaceKind, LoopbackIsKnownByItsFlag) {
    LinkMessage lo = link("lo", "", ARPHRD_LOOPBACK);
    EXPECT_EQ(classify(lo, false), InterfaceKind::Other);
    lo.flags = IFF_LOOPBACK;
    EXPECT_EQ(classify(lo, false), InterfaceKind::Loopback);
}

TEST(InterfaceKind, WhateverCarriesEthernetFramesIsEthernet) {
    for (const char* driver : {"", "veth", "macvlan", "vlan", "bond", "vxlan", "gretap", "dummy"})
        EXPECT_EQ(classify(link("e0", driver), false), InterfaceKind::Ethernet) << driver;
}

TEST(InterfaceKind, TunIsATunnelAndTapIsEthernet) {
    EXPECT_EQ(classify(link("tun0", "tun", ARPHRD_NONE), false), InterfaceKind::Tunnel);
    EXPECT_EQ(classify(link("tap0", "tun", ARPHRD_ETHER), false), InterfaceKind::Ethernet);
}

TEST(InterfaceKind, TunnelsAreKnownByDriverOrByDevice) {
    for (const char* driver : {"wireguard", "ipip", "gre", "sit", "vti", "xfrm", "ppp", "ip6tnl"})
        EXPECT_EQ(classify(link("vpn", driver, ARPHRD_VOID), false), InterfaceKind::Tunnel)
            << driver;
    for (const int device : {ARPHRD_PPP, ARPHRD_NONE, ARPHRD_TUNNEL, ARPHRD_TUNNEL6, ARPHRD_SIT,
                             ARPHRD_IPGRE, ARPHRD_IP6GRE, ARPHRD_RAWIP})
        EXPECT_EQ(classify(link("vpn", "", device), false), InterfaceKind::Tunnel) << device;
}

TEST(InterfaceKind, BridgesOfContainersAreKnownByName) {
    for (const char* name :
         {"docker0", "docker_gwbridge", "br-0123456789ab", "virbr0", "cni0", "cni-podman0",
          "podman1", "lxcbr0", "lxdbr0", "incusbr0", "kube-bridge"})
        EXPECT_EQ(classify(link(name, "bridge"), false), InterfaceKind::ContainerBridge) << name;
    for (const char* name :
         {"br0", "br-lan", "br-0123456789aB", "br-0123456789a", "docker1", "bridge-of-sighs"})
        EXPECT_EQ(classify(link(name, "bridge"), false), InterfaceKind::Bridge) << name;
}

TEST(InterfaceKind, OverlaysOfContainersAreNoLan) {
    EXPECT_EQ(classify(link("flannel.1", "vxlan"), false), InterfaceKind::ContainerBridge);
    EXPECT_EQ(classify(link("cali12345678901", "veth"), false), InterfaceKind::ContainerBridge);
    EXPECT_EQ(classify(link("kube-ipvs0", "dummy"), false), InterfaceKind::ContainerBridge);
}

TEST(InterfaceKind, NameAloneMakesNoContainerBridge) {
    EXPECT_EQ(classify(link("docker0", ""), false), InterfaceKind::Ethernet);
    EXPECT_EQ(classify(link("california", ""), false), InterfaceKind::Ethernet);
}

TEST(InterfaceKind, WirelessIsWifi) {
    EXPECT_EQ(classify(link("wlan0", ""), true), InterfaceKind::Wifi);
    EXPECT_EQ(classify(link("mon0", "", ARPHRD_IEEE80211_RADIOTAP), false), InterfaceKind::Wifi);
    EXPECT_EQ(classify(link("can0", "", ARPHRD_CAN), false), InterfaceKind::Other);
}

TEST(InterfaceKind, LoopbackAndStrangersAreNotWireless) {
    EXPECT_FALSE(is_wireless("lo", 1));
    EXPECT_FALSE(is_wireless("no-such-device", 1));
}

}  // namespace
}  // namespace mcast::platform
