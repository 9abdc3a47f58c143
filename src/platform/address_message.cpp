#include "platform/address_message.hpp"

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "platform/netlink_message.hpp"

namespace mcast::platform {

namespace {

// No address if the attribute is not as long as one of the family.
Address to_address(int family, std::span<const std::byte> value) {
    std::array<std::uint8_t, 16> bytes{};
    if (value.size() != (family == AF_INET ? 4u : 16u)) return {};
    std::memcpy(bytes.data(), value.data(), value.size());
    if (family == AF_INET) return Address::ipv4(bytes[0], bytes[1], bytes[2], bytes[3]);
    return Address::ipv6(bytes);
}

// What the entry's network calls its broadcast address, if it can have one: a network of one or
// two addresses (a hotspot's /32, RFC 3021's /31) has none, whatever a DHCP client has set.
Address usable_broadcast(const InterfaceAddress& own, const Address& said) {
    if (own.address.family() != Family::Ipv4 || own.prefix_length > 30) return {};
    if (said.is_unspecified() || said == own.address) return {};
    return said;
}

}  // namespace

bool AddressMessage::same_entry(const AddressMessage& other) const {
    return interface_index == other.interface_index && own.address == other.own.address &&
           own.prefix_length == other.own.prefix_length && peer == other.peer;
}

std::optional<AddressMessage> parse_address_message(std::span<const std::byte> payload) {
    ifaddrmsg header;
    if (payload.size() < sizeof header) return std::nullopt;
    std::memcpy(&header, payload.data(), sizeof header);
    const int family = header.ifa_family;
    if (family != AF_INET && family != AF_INET6) return std::nullopt;
    if (header.ifa_index == 0 || header.ifa_prefixlen > (family == AF_INET ? 32 : 128))
        return std::nullopt;

    Address local;
    Address broadcast;
    AddressMessage message;
    std::uint32_t flags = header.ifa_flags;
    NetlinkAttributeReader attributes(payload.subspan(sizeof header));
    while (const auto attribute = attributes.next()) {
        switch (attribute->type) {
            case IFA_ADDRESS:
                message.peer = to_address(family, attribute->value);
                break;
            case IFA_LOCAL:
                local = to_address(family, attribute->value);
                break;
            case IFA_BROADCAST:
                broadcast = to_address(family, attribute->value);
                break;
            case IFA_FLAGS:
                // The header has room for the lower eight of them only (Linux 3.14).
                flags = attribute->as_u32().value_or(flags);
                break;
            default:
                break;
        }
    }
    // IFA_ADDRESS is the own address everywhere but on point-to-point links, where IFA_LOCAL is;
    // IPv6 leaves IFA_LOCAL out unless there is a peer.
    if (local.family() == Family::None) local = message.peer;
    if (attributes.malformed() || local.is_unspecified()) return std::nullopt;

    message.interface_index = header.ifa_index;
    message.own.address = local;
    message.own.prefix_length = header.ifa_prefixlen;
    message.own.broadcast = usable_broadcast(message.own, broadcast);
    // An optimistic address can be used while its detection runs (RFC 4429).
    message.own.tentative = (flags & IFA_F_TENTATIVE) != 0 && (flags & IFA_F_OPTIMISTIC) == 0;
    message.secondary = (flags & IFA_F_SECONDARY) != 0;
    message.duplicate = (flags & IFA_F_DADFAILED) != 0;
    return message;
}

}  // namespace mcast::platform
