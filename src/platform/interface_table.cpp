#include "platform/interface_table.hpp"

#include <linux/if.h>
#include <linux/rtnetlink.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "platform/interface_kind.hpp"

namespace mcast::platform {

namespace {

auto rank(const AddressMessage& message) {
    return std::make_tuple(message.interface_index, message.own.address.family(), message.secondary,
                           message.own.address, message.own.prefix_length, message.peer);
}

bool is_up(const LinkMessage& link) {
    // The kernel sets IFF_RUNNING where RFC 2863 calls an interface operational. Drivers that never
    // report a state (loopback, tun) leave it unknown; an unauthenticated Wi-Fi is dormant.
    const bool operational =
        link.operational_state == IF_OPER_UP || link.operational_state == IF_OPER_UNKNOWN;
    return (link.flags & IFF_UP) != 0 && (link.flags & IFF_RUNNING) != 0 && operational;
}

}  // namespace

void InterfaceTable::clear() {
    links_.clear();
    addresses_.clear();
}

void InterfaceTable::apply(const NetlinkMessage& message) {
    if (message.type == RTM_NEWLINK || message.type == RTM_DELLINK) {
        auto link = parse_link_message(message.payload);
        if (!link) return;
        if (message.type == RTM_DELLINK)
            remove_link(link->index);
        else if (link->complete)
            set_link(std::move(*link));
    } else if (message.type == RTM_NEWADDR || message.type == RTM_DELADDR) {
        const auto address = parse_address_message(message.payload);
        if (!address) return;
        remove_address(*address);
        if (message.type == RTM_NEWADDR && !address->duplicate) set_address(*address);
    }
}

void InterfaceTable::set_link(LinkMessage link) {
    const bool wireless = is_wireless_(link.name, link.index);
    const InterfaceKind kind = classify(link, wireless);
    const std::uint32_t index = link.index;
    links_[index] = {std::move(link), kind};
}

void InterfaceTable::remove_link(std::uint32_t index) {
    links_.erase(index);
    std::erase_if(addresses_,
                  [&](const AddressMessage& address) { return address.interface_index == index; });
}

void InterfaceTable::set_address(const AddressMessage& address) {
    const auto place = std::lower_bound(
        addresses_.begin(), addresses_.end(), address,
        [](const AddressMessage& a, const AddressMessage& b) { return rank(a) < rank(b); });
    addresses_.insert(place, address);
}

void InterfaceTable::remove_address(const AddressMessage& address) {
    std::erase_if(addresses_, [&](const AddressMessage& each) { return each.same_entry(address); });
}

bool InterfaceTable::is_port(const LinkMessage& link) const {
    if (link.master == 0) return false;
    // A VRF groups routing tables; its members keep their addresses and their traffic.
    const auto master = links_.find(link.master);
    return master == links_.end() || master->second.said.driver_kind != "vrf";
}

Interface InterfaceTable::describe(const Link& link) const {
    Interface interface;
    interface.index.value = link.said.index;
    interface.name = link.said.name;
    interface.kind = link.kind;
    interface.mtu = link.said.mtu;
    interface.up = is_up(link.said);
    // Loopback lacks the flag, but delivers multicast that is pinned to it.
    interface.multicast =
        (link.said.flags & IFF_MULTICAST) != 0 || link.kind == InterfaceKind::Loopback;
    interface.broadcast = (link.said.flags & IFF_BROADCAST) != 0;
    interface.point_to_point = (link.said.flags & IFF_POINTOPOINT) != 0;
    interface.enslaved = is_port(link.said);
    const auto first = std::partition_point(
        addresses_.begin(), addresses_.end(),
        [&](const AddressMessage& each) { return each.interface_index < link.said.index; });
    for (auto address = first; address != addresses_.end(); ++address) {
        if (address->interface_index != link.said.index) break;
        // One address towards several peers is several entries, but one address.
        const bool listed =
            !interface.addresses.empty() && interface.addresses.back() == address->own;
        if (!listed) interface.addresses.push_back(address->own);
    }
    return interface;
}

std::vector<Interface> InterfaceTable::interfaces() const {
    std::vector<Interface> list;
    list.reserve(links_.size());
    for (const auto& [index, link] : links_)
        list.push_back(describe(link));
    return list;
}

}  // namespace mcast::platform
