#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "base/random.hpp"
#include "mcast/address.hpp"
#include "mcast/dpdk.hpp"
#include "mcast/interface.hpp"
#include "transports/dpdk/group_membership.hpp"
#include "transports/dpdk/kernel_memberships.hpp"

namespace mcast::dpdk {

// The groups of a port, by the kernel's membership or by our own.
class PortGroups {
public:
    // `kernel`: the index of the interface whose memberships the kernel keeps; without, our own.
    PortGroups(const Station& station, std::optional<InterfaceIndex> kernel,
               std::uint8_t igmp_version, std::uint64_t seed);

    // Once for each group.
    Result<void> join(Instant now, const Address& group);
    void leave(Instant now, const Address& group);
    // Ours on the link. Those of IPv6 bring the groups in which neighbours ask for them.
    void set_addresses(Instant now, std::span<const InterfaceAddress> addresses);
    void on_link(Instant now, bool up);
    void on_frame(Instant now, const ParsedFrame& frame);

    [[nodiscard]] Instant deadline() const;
    // A frame that is due, in `frame`, and its size; 0: nothing is.
    std::size_t write_due(Instant now, std::span<std::byte> frame);

    // What the device must let in; nothing if the kernel sees to it.
    [[nodiscard]] std::vector<MacAddress> macs() const;
    [[nodiscard]] bool by_kernel() const { return kernel_.has_value(); }

private:
    [[nodiscard]] GroupMembership& of(Family family) {
        return family == Family::Ipv6 ? mld_ : igmp_;
    }

    std::optional<KernelMemberships> kernel_;
    GroupMembership igmp_;
    GroupMembership mld_;
    Random random_;
    std::vector<Address> joined_;
    std::vector<Address> solicited_;  // of our IPv6 addresses
};

}  // namespace mcast::dpdk
