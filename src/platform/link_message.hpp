#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace mcast::platform {

// What RTM_NEWLINK and RTM_DELLINK say of an interface (rtnetlink(7), linux/if_link.h).
struct LinkMessage {
    std::uint32_t index = 0;
    std::uint16_t device_type = 0;       // ARPHRD_*
    std::uint32_t flags = 0;             // IFF_*
    std::uint8_t operational_state = 0;  // IF_OPER_*, RFC 2863
    std::uint32_t mtu = 0;
    std::uint32_t master = 0;  // index of the bridge, bond, VRF it is a port of, or 0
    std::string name;
    std::string driver_kind;  // IFLA_INFO_KIND: "bridge", "veth", "tun", …; hardware has none
    // Whether it describes the interface in full. Wireless events come as RTM_NEWLINK, too, but
    // with hardly an attribute: what they do not say has not changed.
    bool complete = false;

    friend bool operator==(const LinkMessage&, const LinkMessage&) = default;
};

// Empty if the payload is malformed, or is not about an interface as such: a bridge reports its
// ports by the same message types under AF_BRIDGE, where RTM_DELLINK means "left the bridge".
[[nodiscard]] std::optional<LinkMessage> parse_link_message(std::span<const std::byte> payload);

}  // namespace mcast::platform
