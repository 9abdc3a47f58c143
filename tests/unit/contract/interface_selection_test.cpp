#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "mcast/interface.hpp"

namespace mcast {
namespace {

Interface make(std::uint32_t index, std::string name, InterfaceKind kind,
               std::vector<const char*> addresses = {"10.0.0.1"}) {
    Interface interface;
    interface.index = {index};
    interface.name = std::move(name);
    interface.kind = kind;
    interface.mtu = 1500;
    interface.up = interface.multicast = true;
    interface.broadcast = kind != InterfaceKind::Loopback && kind != InterfaceKind::Tunnel;
    for (const char* address : addresses)
        interface.addresses.push_back({Address::parse(address).value(), 24, {}, false});
    return interface;
}

std::vector<Interface> house() {
    return {make(1, "lo", InterfaceKind::Loopback, {"127.0.0.1"}),
            make(2, "eth0", InterfaceKind::Ethernet, {"10.0.0.1", "fe80::1"}),
            make(3, "wlan0", InterfaceKind::Wifi, {"192.168.1.5"}),
            make(4, "docker0", InterfaceKind::ContainerBridge, {"172.17.0.1"}),
            make(5, "tun0", InterfaceKind::Tunnel, {"10.8.0.2"}),
            make(6, "br0", InterfaceKind::Bridge, {"10.1.0.1"}),
            make(7, "eth1", InterfaceKind::Ethernet, {"10.2.0.1"})};
}

InterfaceSelection select(std::vector<std::string> selectors) {
    auto selection = InterfaceSelection::parse(selectors);
    EXPECT_TRUE(selection.has_value()) << selection.error().what;
    return *selection;
}

// Names of those that are used, in a row.
std::string used(const InterfaceSelection& selection, const std::vector<Interface>& interfaces) {
    const auto verdicts = selection.judge(interfaces);
    EXPECT_EQ(verdicts.size(), interfaces.size());
    std::string names;
    for (std::size_t i = 0; i < verdicts.size(); ++i) {
        EXPECT_FALSE(verdicts[i].reason.empty()) << interfaces[i].name;
        if (verdicts[i].eligible) names += (names.empty() ? "" : " ") + interfaces[i].name;
    }
    return names;
}

std::string reason(const InterfaceSelection& selection, const Interface& interface) {
    return selection.judge({&interface, 1}).front().reason;
}

std::string parse_error(const std::string& selector) {
    const std::vector<std::string> selectors = {selector};
    const auto selection = InterfaceSelection::parse(selectors);
    if (selection) return "(accepted)";
    EXPECT_EQ(selection.error().code, ErrorCode::InvalidArgument);
    return selection.error().what;
}

TEST(InterfaceSelection, ByDefaultTakesWhatIsALan) {
    const InterfaceSelection selection;
    EXPECT_FALSE(selection.is_explicit());
    EXPECT_EQ(used(selection, house()), "eth0 wlan0 br0 eth1");
    EXPECT_EQ(used(select({}), house()), "eth0 wlan0 br0 eth1");
    EXPECT_EQ(used(selection, {}), "");
}

TEST(InterfaceSelection, TakesLoopbackOnlyWhenNothingElseIsUsable) {
    std::vector<Interface> interfaces = {make(1, "lo", InterfaceKind::Loopback),
                                         make(5, "tun0", InterfaceKind::Tunnel),
                                         make(9, "eth0", InterfaceKind::Ethernet, {})};
    EXPECT_EQ(used({}, interfaces), "lo");
    EXPECT_EQ(InterfaceSelection().judge(interfaces)[0].reason,
              "loopback, since nothing else is usable");
    interfaces[2] = make(9, "eth0", InterfaceKind::Ethernet);
    EXPECT_EQ(used({}, interfaces), "eth0") << "whatever their order";
    EXPECT_EQ(InterfaceSelection().judge(interfaces)[0].reason,
              "loopback, and another interface is usable (choose it with 'lo' or 'type=loopback')");
    interfaces[0].up = false;
    EXPECT_EQ(InterfaceSelection().judge(interfaces)[0].reason, "down");
}

TEST(InterfaceSelection, SaysWhyNotAndHowToMendIt) {
    const InterfaceSelection selection;
    EXPECT_EQ(reason(selection, make(5, "tun0", InterfaceKind::Tunnel)),
              "tunnel (choose it with 'tun0' or 'type=tunnel')");
    EXPECT_EQ(reason(selection, make(5, "docker0", InterfaceKind::ContainerBridge)),
              "container bridge (choose it with 'docker0' or 'type=container')");
    Interface interface = make(2, "eth0", InterfaceKind::Ethernet);
    EXPECT_EQ(reason(selection, interface), "ethernet");
    interface.enslaved = true;
    EXPECT_EQ(reason(selection, interface),
              "port of a bridge or bond, which is used instead (choose it with 'eth0')");
    interface.addresses.clear();
    EXPECT_NE(reason(selection, interface).find("port of a bridge"), std::string::npos);
    interface.enslaved = false;
    EXPECT_EQ(reason(selection, interface), "no address yet");
    interface.addresses = {{*Address::parse("fe80::1"), 64, {}, true}};
    EXPECT_EQ(reason(selection, interface),
              "no address yet (duplicate address detection is under way)");
    interface.addresses[0].tentative = false;
    EXPECT_EQ(reason(selection, interface), "ethernet");
    interface.point_to_point = true;
    EXPECT_EQ(reason(selection, interface), "point-to-point (choose it with 'eth0')");
    interface.point_to_point = interface.multicast = interface.broadcast = false;
    EXPECT_EQ(reason(selection, interface), "can neither multicast nor broadcast");
    interface.broadcast = true;
    EXPECT_EQ(reason(selection, interface), "ethernet") << "broadcast is enough";
    interface.up = false;
    EXPECT_EQ(reason(selection, interface), "down");
}

TEST(InterfaceSelection, ChoosesByType) {
    EXPECT_TRUE(select({"type=wifi"}).is_explicit());
    EXPECT_EQ(used(select({"type=wifi"}), house()), "wlan0");
    EXPECT_EQ(used(select({"type=loopback"}), house()), "lo");
    EXPECT_EQ(used(select({"type=tunnel", "type=container"}), house()), "docker0 tun0");
    EXPECT_EQ(select({"type=wifi"}).judge(house())[2].reason, "chosen");
    EXPECT_EQ(select({"type=wifi"}).judge(house())[1].reason, "not chosen by any selector");
}

TEST(InterfaceSelection, ChoosesByNetwork) {
    EXPECT_EQ(used(select({"10.0.0.0/8"}), house()), "eth0 tun0 br0 eth1");
    EXPECT_EQ(used(select({"10.2.0.0/16"}), house()), "eth1");
    EXPECT_EQ(used(select({"10.2.0.1"}), house()), "eth1");
    EXPECT_EQ(used(select({"10.2.0.2"}), house()), "");
    EXPECT_EQ(used(select({"fe80::/10"}), house()), "eth0");
    EXPECT_EQ(used(select({"::/0"}), house()), "eth0");
    EXPECT_EQ(used(select({"0.0.0.0/0", "!127.0.0.0/8"}), house()),
              "eth0 wlan0 docker0 tun0 br0 eth1");
}

TEST(InterfaceSelection, ChoosesByIndex) {
    EXPECT_EQ(used(select({"7"}), house()), "eth1");
    EXPECT_EQ(used(select({"#3", "#1"}), house()), "lo wlan0");
    EXPECT_EQ(used(select({"70"}), house()), "");
}

TEST(InterfaceSelection, ChoosesByNameAndGlob) {
    EXPECT_EQ(used(select({"eth1"}), house()), "eth1");
    EXPECT_EQ(used(select({"eth"}), house()), "");
    EXPECT_EQ(used(select({"eth*"}), house()), "eth0 eth1");
    EXPECT_EQ(used(select({"[tb]*0"}), house()), "tun0 br0");
    EXPECT_EQ(used(select({"???0"}), house()), "eth0 tun0");
    EXPECT_EQ(used(select({"*"}), house()), "lo eth0 wlan0 docker0 tun0 br0 eth1");
}

TEST(InterfaceSelection, DeniesFromTheDefaultOrFromWhatIsChosen) {
    EXPECT_FALSE(select({"!eth*"}).is_explicit());
    EXPECT_EQ(used(select({"!eth*"}), house()), "wlan0 br0");
    EXPECT_EQ(select({"!eth*"}).judge(house())[1].reason, "denied by '!eth*'");
    EXPECT_EQ(used(select({"!type=wifi", "!10.0.0.0/8"}), house()), "lo")
        << "what is left of the default is loopback";
    EXPECT_EQ(used(select({"eth*", "!eth1"}), house()), "eth0");
    EXPECT_EQ(used(select({"!eth1", "eth*"}), house()), "eth0") << "whatever their order";
    EXPECT_EQ(used(select({"!lo", "!10.0.0.0/8", "!wlan0"}), house()), "");
}

TEST(InterfaceSelection, AChosenInterfaceMustStillWork) {
    Interface interface = make(5, "tun0", InterfaceKind::Tunnel);
    interface.point_to_point = interface.enslaved = true;
    const InterfaceSelection selection = select({"tun0"});
    EXPECT_EQ(reason(selection, interface), "chosen");
    interface.addresses.clear();
    EXPECT_EQ(reason(selection, interface), "no address yet");
    interface.multicast = false;
    EXPECT_EQ(reason(selection, interface), "can neither multicast nor broadcast");
    interface.up = false;
    EXPECT_EQ(reason(selection, interface), "down");
}

TEST(InterfaceSelection, RefusesNonsenseInOneSentence) {
    EXPECT_EQ(
        parse_error("type=carrier-pigeon"),
        "interface selector 'type=carrier-pigeon': unknown type; the known ones are ethernet, "
        "wifi, loopback, bridge, tunnel, container, other");
    EXPECT_EQ(parse_error("10.0.0.0/33"),
              "interface selector '10.0.0.0/33': its prefix length must be 0 to 32");
    EXPECT_EQ(parse_error("fe80::/129"),
              "interface selector 'fe80::/129': its prefix length must be 0 to 128");
    const std::string no_network = ": it is no network; write one such as 10.0.0.0/8 or fe80::/10";
    for (const char* text :
         {"10.0.0.256", "10.0.0/8", "eth0/8", "fe80::1%eth0", "1.2.3", "a b", "99999999999", "/8"})
        EXPECT_EQ(parse_error(text), "interface selector '" + std::string(text) + "'" + no_network);
    for (const char* text : {"10.0.0.0/", "10.0.0.0/x", "10.0.0.0/-1", "10.0.0.0/8/8"})
        EXPECT_NE(parse_error(text).find("its prefix length must be 0 to 32"), std::string::npos);
    for (const char* text : {"", "!"})
        EXPECT_NE(parse_error(text).find("it is empty; write a name"), std::string::npos);
    EXPECT_NE(parse_error("#eth0").find("it is no index; write one such as #7"), std::string::npos);
    EXPECT_NE(parse_error("#").find("it is no index"), std::string::npos);
    EXPECT_NE(parse_error("0").find("an interface's index is 1 or more"), std::string::npos);
    EXPECT_EQ(parse_error("!type=x").substr(0, 29), "interface selector '!type=x':");
}

TEST(InterfaceSelection, MatchesWhateverStateAnInterfaceIsIn) {
    Interface down = make(2, "eth0", InterfaceKind::Ethernet, {});
    down.up = false;
    EXPECT_TRUE(InterfaceSelection().matches(down));
    EXPECT_TRUE(select({"eth*"}).matches(down));
    EXPECT_TRUE(select({"wlan0", "#2"}).matches(down));
    EXPECT_FALSE(select({"wlan0"}).matches(down));
    EXPECT_FALSE(select({"10.0.0.0/8"}).matches(down)) << "it has no address";
    EXPECT_FALSE(select({"eth*", "!eth0"}).matches(down));
    EXPECT_FALSE(select({"!type=ethernet"}).matches(down));
    EXPECT_TRUE(select({"!wlan0"}).matches(down));
    EXPECT_TRUE(select({"!wlan0"}).matches(make(5, "tun0", InterfaceKind::Tunnel)))
        << "denials alone take nothing else away";
}

TEST(InterfaceSelection, KnowsThatItIsOneName) {
    EXPECT_EQ(select({"eth0"}).sole_name(), "eth0");
    for (const char* other :
         {"eth*", "eth?", "eth[01]", "!eth0", "2", "#2", "type=wifi", "10.0.0.0/8", "fe80::1"})
        EXPECT_EQ(select({other}).sole_name(), "") << other;
    EXPECT_EQ(select({"eth0", "eth1"}).sole_name(), "");
    EXPECT_EQ(InterfaceSelection().sole_name(), "");
}

TEST(Interface, HasAnAddressOnceItIsNoLongerTentative) {
    Interface interface = make(2, "eth0", InterfaceKind::Ethernet, {"10.0.0.1", "fe80::1"});
    EXPECT_TRUE(interface.has_address(Family::Ipv4));
    EXPECT_TRUE(interface.has_address(Family::Ipv6));
    EXPECT_FALSE(interface.has_address(Family::None));
    interface.addresses[1].tentative = true;
    EXPECT_FALSE(interface.has_address(Family::Ipv6));
}

}  // namespace
}  // namespace mcast
