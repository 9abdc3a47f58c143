#include "platform/interface_kind.hpp"

#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_arp.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "base/file_descriptor.hpp"

namespace mcast::platform {

namespace {

// Drivers that carry IP packets without a link layer, as `ip -details link` names them. Those that
// carry Ethernet frames (gretap, vxlan, geneve) are LANs to whoever sends into them.
constexpr std::string_view kTunnelDrivers[] = {
    "wireguard", "amneziawg", "ovpn", "ipip", "ip6tnl", "sit", "gre",
    "ip6gre",    "vti",       "vti6", "xfrm", "ppp",    "gtp", "bareudp",
};

// What docker, libvirt, CNI, podman, LXC, LXD, Incus and Kubernetes call the bridges they make.
constexpr std::string_view kContainerBridges[] = {
    "docker0", "docker_gwbridge", "virbr*",   "cni*",     "podman*",
    "lxcbr*",  "lxdbr*",          "incusbr*", "nerdctl*",
};
// What Kubernetes networks call their other devices: vxlan, dummy, veth.
constexpr std::string_view kContainerOverlays[] = {"kube-*", "flannel*", "cali*"};

template <std::size_t size>
bool contains(const std::string_view (&patterns)[size], std::string_view name) {
    return std::any_of(std::begin(patterns), std::end(patterns), [&](std::string_view pattern) {
        if (!pattern.ends_with('*')) return name == pattern;
        return name.starts_with(pattern.substr(0, pattern.size() - 1));
    });
}

// docker's bridges of user-defined networks: "br-" and twelve digits of the network's id.
bool is_docker_network(std::string_view name) {
    return name.size() == 15 && name.starts_with("br-") &&
           name.find_first_not_of("0123456789abcdef", 3) == std::string_view::npos;
}

InterfaceKind classify_ethernet(const LinkMessage& link, bool wireless) {
    if (wireless) return InterfaceKind::Wifi;
    const bool bridge = link.driver_kind == "bridge";
    if (bridge && (contains(kContainerBridges, link.name) || is_docker_network(link.name)))
        return InterfaceKind::ContainerBridge;
    // Hardware has no driver kind, and its owner may call it what he likes.
    if (!link.driver_kind.empty() && contains(kContainerOverlays, link.name))
        return InterfaceKind::ContainerBridge;
    return bridge ? InterfaceKind::Bridge : InterfaceKind::Ethernet;
}

}  // namespace

InterfaceKind classify(const LinkMessage& link, bool wireless) {
    if ((link.flags & IFF_LOOPBACK) != 0) return InterfaceKind::Loopback;
    if (contains(kTunnelDrivers, link.driver_kind)) return InterfaceKind::Tunnel;
    switch (link.device_type) {
        case ARPHRD_ETHER:
            return classify_ethernet(link, wireless);
        case ARPHRD_IEEE80211:
        case ARPHRD_IEEE80211_PRISM:
        case ARPHRD_IEEE80211_RADIOTAP:
            return InterfaceKind::Wifi;
        case ARPHRD_NONE:  // a tun; a tap is ARPHRD_ETHER, under the same driver
        case ARPHRD_PPP:
        case ARPHRD_SLIP:
        case ARPHRD_CSLIP:
        case ARPHRD_RAWIP:  // a modem's data connection
        case ARPHRD_TUNNEL:
        case ARPHRD_TUNNEL6:
        case ARPHRD_SIT:
        case ARPHRD_IPGRE:
        case ARPHRD_IP6GRE:
            return InterfaceKind::Tunnel;
        default:
            return InterfaceKind::Other;
    }
}

bool is_wireless(const std::string& name, std::uint32_t index) {
    const std::string folder = "/sys/class/net/" + name;
    const FileDescriptor file(::open((folder + "/ifindex").c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) return false;
    std::array<char, 16> text{};
    const ssize_t length = ::read(file.get(), text.data(), text.size());
    std::uint32_t shown = 0;
    std::from_chars(text.data(), text.data() + std::max<ssize_t>(length, 0), shown);
    // Drivers of mac80211 show both, old ones of the wireless extensions only the first.
    return shown == index && (::access((folder + "/wireless").c_str(), F_OK) == 0 ||
                              ::access((folder + "/phy80211").c_str(), F_OK) == 0);
}

}  // namespace mcast::platform
