#include "platform/link_message.hpp"

#include <gtest/gtest.h>
#include <linux/if.h>
#include <linux/if_arp.h>
#include <sys/socket.h>

#include "netlink_bytes.hpp"

namespace mcast::platform {
namespace {

ifinfomsg header(int index = 7) {
    ifinfomsg value{};
    value.ifi_type = ARPHRD_ETHER;
    value.ifi_index = index;
    value.ifi_flags = IFF_UP | IFF_RUNNING;
    return value;
}

Bytes bridge_port() {
    return payload(header(), {text(IFLA_IFNAME, "veth0"), number<std::uint32_t>(IFLA_MTU, 1400),
                              number<std::uint8_t>(IFLA_OPERSTATE, IF_OPER_UP),
                              number<std::uint32_t>(IFLA_MASTER, 3),
                              attribute(IFLA_LINKINFO, text(IFLA_INFO_KIND, "veth"))});
}

TEST(LinkMessage, SaysWhatTheKernelSaid) {
    const auto link = parse_link_message(bridge_port());
    ASSERT_TRUE(link);
    const LinkMessage expected{
        7, ARPHRD_ETHER, IFF_UP | IFF_RUNNING, IF_OPER_UP, 1400, 3, "veth0", "veth", true};
    EXPECT_EQ(*link, expected);
}

TEST(LinkMessage, CutAnywhereIsRefusedOrLacksWholeAttributes) {
    const Bytes whole = bridge_port();
    std::size_t parsed = 0;
    for (std::size_t length = 0; length < whole.size(); ++length) {
        const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
        const auto link = parse_link_message(cut);
        if (!link) continue;
        ++parsed;
        EXPECT_TRUE(link->name.empty() || link->name == "veth0") << length;
        EXPECT_TRUE(link->mtu == 0 || link->mtu == 1400) << length;
        EXPECT_TRUE(link->driver_kind.empty() || link->driver_kind == "veth") << length;
    }
    // After the header and after each attribute but the last, with and without padding.
    EXPECT_GE(parsed, 5u);
    EXPECT_LT(parsed, whole.size() / 4);
}

TEST(LinkMessage, BridgeReportsOfPortsAreNotAboutTheInterface) {
    ifinfomsg port = header();
    port.ifi_family = AF_BRIDGE;
    EXPECT_FALSE(parse_link_message(payload(port, {text(IFLA_IFNAME, "veth0")})));
}

TEST(LinkMessage, WirelessEventIsNotComplete) {
    const auto event = parse_link_message(
        payload(header(), {text(IFLA_IFNAME, "wlan0"), number<std::uint32_t>(IFLA_MTU, 1500),
                           octets(IFLA_WIRELESS, {1, 2, 3, 4})}));
    ASSERT_TRUE(event);
    EXPECT_FALSE(event->complete);
    const auto bare = parse_link_message(payload(header(), {text(IFLA_IFNAME, "wlan0")}));
    ASSERT_TRUE(bare);
    EXPECT_FALSE(bare->complete);
}

TEST(LinkMessage, ImpossibleIndexOrNameIsRefused) {
    EXPECT_FALSE(parse_link_message(payload(header(0), {})));
    EXPECT_FALSE(parse_link_message(payload(header(-5), {})));
    EXPECT_TRUE(parse_link_message(payload(header(), {text(IFLA_IFNAME, "fifteen-letters")})));
    EXPECT_FALSE(parse_link_message(payload(header(), {text(IFLA_IFNAME, "sixteen--letters")})));
}

TEST(LinkMessage, ShortOrBrokenAttributesCountAsAbsent) {
    const auto link = parse_link_message(payload(
        header(),
        {text(IFLA_IFNAME, "e0"), octets(IFLA_MTU, {1, 2}), octets(IFLA_MASTER, {}),
         octets(IFLA_OPERSTATE, {}), attribute(IFLA_LINKINFO, {std::byte{255}, std::byte{255}})}));
    ASSERT_TRUE(link);
    EXPECT_EQ(link->mtu, 0u);
    EXPECT_EQ(link->master, 0u);
    EXPECT_EQ(link->operational_state, IF_OPER_UNKNOWN);
    EXPECT_EQ(link->driver_kind, "");
    EXPECT_FALSE(link->complete);
}

}  // namespace
}  // namespace mcast::platform
