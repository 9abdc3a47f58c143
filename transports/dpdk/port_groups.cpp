#include "transports/dpdk/port_groups.hpp"

#include <algorithm>
#include <cerrno>

#include "transports/dpdk/membership_report.hpp"
#include "transports/dpdk/neighbour_message.hpp"

namespace mcast::dpdk {

namespace {

MembershipOptions options_for(Family family, std::uint8_t igmp_version) {
    MembershipOptions options;
    options.family = family;
    if (family == Family::Ipv4 && igmp_version != 0)
        options.oldest = options.newest = static_cast<MembershipVersion>(igmp_version);
    return options;
}

}  // namespace

PortGroups::PortGroups(const Station& station, std::optional<InterfaceIndex> kernel,
                       std::uint8_t igmp_version, std::uint64_t seed)
    : igmp_(station, options_for(Family::Ipv4, igmp_version)),
      mld_(station, options_for(Family::Ipv6, igmp_version)),
      random_(seed) {
    if (kernel) kernel_.emplace(*kernel);
}

Result<void> PortGroups::join(Instant now, const Address& group) {
    if (kernel_) return kernel_->join(group);
    if (!of(group.family()).join(now, group))
        return Error{ErrorCode::LimitReached, ENOBUFS,
                     "there is no room for one more group; leave another one"};
    joined_.push_back(group);
    return {};
}

void PortGroups::leave(Instant now, const Address& group) {
    if (kernel_) {
        kernel_->leave(group);
    } else if (std::erase(joined_, group) > 0) {
        of(group.family()).leave(now, group);
    }
}

void PortGroups::set_addresses(Instant now, std::span<const InterfaceAddress> addresses) {
    if (kernel_) return;
    Address ipv4;
    Address ipv6;
    std::vector<Address> solicited;
    for (const InterfaceAddress& own : addresses) {
        const bool is_ipv6 = own.address.family() == Family::Ipv6;
        if (is_ipv6) solicited.push_back(solicited_node(own.address));
        if (is_ipv6 && own.address.is_link_local()) ipv6 = own.address;
        if (!is_ipv6 && ipv4.family() == Family::None) ipv4 = own.address;
    }
    std::sort(solicited.begin(), solicited.end());
    solicited.erase(std::unique(solicited.begin(), solicited.end()), solicited.end());
    igmp_.set_source(ipv4);
    mld_.set_source(ipv6);
    for (const Address& group : solicited)
        if (!std::binary_search(solicited_.begin(), solicited_.end(), group)) mld_.join(now, group);
    for (const Address& group : solicited_)
        if (!std::binary_search(solicited.begin(), solicited.end(), group)) mld_.leave(now, group);
    solicited_ = std::move(solicited);
}

void PortGroups::on_link(Instant now, bool up) {
    if (kernel_) return;
    igmp_.on_link(now, up);
    mld_.on_link(now, up);
}

void PortGroups::on_frame(Instant now, const ParsedFrame& frame) {
    if (kernel_) return;
    if (frame.kind == FrameKind::Igmp) igmp_.on_frame(now, frame, random_);
    if (frame.kind == FrameKind::Icmpv6) mld_.on_frame(now, frame, random_);
}

Instant PortGroups::deadline() const {
    return kernel_ ? kNever : std::min(igmp_.deadline(), mld_.deadline());
}

std::size_t PortGroups::write_due(Instant now, std::span<std::byte> frame) {
    if (kernel_) return 0;
    const std::size_t size = igmp_.write_due(now, frame, random_);
    return size != 0 ? size : mld_.write_due(now, frame, random_);
}

std::vector<MacAddress> PortGroups::macs() const {
    if (kernel_) return {};
    // Queries come to all hosts.
    std::vector<MacAddress> macs{multicast_mac(all_hosts(Family::Ipv4)),
                                 multicast_mac(all_hosts(Family::Ipv6))};
    for (const std::vector<Address>* groups : {&joined_, &solicited_})
        for (const Address& group : *groups)
            macs.push_back(multicast_mac(group));
    std::sort(macs.begin(), macs.end());
    macs.erase(std::unique(macs.begin(), macs.end()), macs.end());
    return macs;
}

}  // namespace mcast::dpdk
