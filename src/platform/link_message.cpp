#include "platform/link_message.hpp"

#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>

#include <cstring>

#include "platform/netlink_message.hpp"

namespace mcast::platform {

namespace {

std::string info_kind(std::span<const std::byte> link_info) {
    NetlinkAttributeReader attributes(link_info);
    while (const auto attribute = attributes.next())
        if (attribute->type == IFLA_INFO_KIND) return std::string(attribute->as_text());
    return {};
}

}  // namespace

std::optional<LinkMessage> parse_link_message(std::span<const std::byte> payload) {
    ifinfomsg header;
    if (payload.size() < sizeof header) return std::nullopt;
    std::memcpy(&header, payload.data(), sizeof header);
    if (header.ifi_family != AF_UNSPEC || header.ifi_index <= 0) return std::nullopt;

    LinkMessage link;
    link.index = static_cast<std::uint32_t>(header.ifi_index);
    link.device_type = header.ifi_type;
    link.flags = header.ifi_flags;
    bool wireless_event = false;
    NetlinkAttributeReader attributes(payload.subspan(sizeof header));
    while (const auto attribute = attributes.next()) {
        switch (attribute->type) {
            case IFLA_IFNAME:
                link.name = attribute->as_text();
                break;
            case IFLA_MTU:
                link.mtu = attribute->as_u32().value_or(0);
                break;
            case IFLA_MASTER:
                link.master = attribute->as_u32().value_or(0);
                break;
            case IFLA_OPERSTATE:
                link.operational_state = attribute->as_u8().value_or(IF_OPER_UNKNOWN);
                break;
            case IFLA_LINKINFO:
                link.driver_kind = info_kind(attribute->value);
                break;
            case IFLA_WIRELESS:
                wireless_event = true;
                break;
            default:
                break;
        }
    }
    if (attributes.malformed() || link.name.size() >= IFNAMSIZ) return std::nullopt;
    link.complete = !wireless_event && link.mtu != 0 && !link.name.empty();
    return link;
}

}  // namespace mcast::platform
