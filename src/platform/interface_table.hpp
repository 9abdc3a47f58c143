#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "mcast/interface.hpp"
#include "platform/address_message.hpp"
#include "platform/link_message.hpp"
#include "platform/netlink_message.hpp"

namespace mcast::platform {

// What the kernel has said of links and addresses so far, and the list that makes of it. A dump
// and the notifications after it are the same messages and may overlap: each one is the latest
// word on its link or address.
class InterfaceTable {
public:
    using WirelessProbe = bool (*)(const std::string& name, std::uint32_t index);

    explicit InterfaceTable(WirelessProbe is_wireless) : is_wireless_(is_wireless) {}

    // Forgets everything, before a dump.
    void clear();
    // Takes in one message; ignores what is malformed or not about links and addresses.
    void apply(const NetlinkMessage& message);

    // All interfaces sorted by index. The addresses are in an order that does not depend on how
    // they came to be known: IPv4 first, then those that are not secondary, then by value.
    [[nodiscard]] std::vector<Interface> interfaces() const;

private:
    struct Link {
        LinkMessage said;
        InterfaceKind kind = InterfaceKind::Other;
    };
    void set_link(LinkMessage link);
    void remove_link(std::uint32_t index);
    void set_address(const AddressMessage& address);
    void remove_address(const AddressMessage& address);
    [[nodiscard]] bool is_port(const LinkMessage& link) const;
    [[nodiscard]] Interface describe(const Link& link) const;

    WirelessProbe is_wireless_;
    std::map<std::uint32_t, Link> links_;
    std::vector<AddressMessage> addresses_;  // in the order of interfaces()
};

}  // namespace mcast::platform
