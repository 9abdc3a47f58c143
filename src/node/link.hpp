#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mcast/interface.hpp"
#include "mcast/stats.hpp"
#include "protocol/announcer.hpp"

namespace mcast::detail {

// An interface in the eyes of a node: whether it is used, what is joined on it, when it is
// announced on.
struct Link {
    explicit Link(Duration announce_interval) : announcer(announce_interval) {}

    Interface interface;
    Eligibility eligibility;
    bool attached = false;
    std::string problem;  // why an eligible one is not in use, or lacks groups
    Instant retry_at = kNever;
    std::uint32_t failures = 0;  // in a row
    std::vector<Group> joined;
    protocol::Announcer announcer;

    [[nodiscard]] InterfaceIndex index() const { return interface.index; }
    // Bytes of UDP payload in a packet that is not fragmented, a multiple of 8.
    [[nodiscard]] std::uint32_t datagram_max(Family family) const;
    // Whether multicast of this family works on it. Not IPv6 on the loopback: Linux (6.18) sends
    // it, given a route, and delivers it to nobody.
    [[nodiscard]] bool multicasts(Family family) const;
    // Where broadcasts go: the subnet's address, or 255.255.255.255 where there is none (R6: /32
    // addresses of phone hotspots); empty without IPv4 or broadcast.
    [[nodiscard]] std::optional<Address> broadcast_address() const;
    // Whether an address lies in one of the interface's networks.
    [[nodiscard]] bool reaches(const Address& address) const;
    // Whether it is one of the interface's own.
    [[nodiscard]] bool owns(const Address& address) const;
    // Preference among interfaces to the same peer: wired before wireless before the rest.
    [[nodiscard]] std::uint8_t cost() const;
};

}  // namespace mcast::detail
