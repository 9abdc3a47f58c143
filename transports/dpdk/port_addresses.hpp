#pragma once

#include <span>
#include <string>
#include <vector>

#include "mcast/interface.hpp"
#include "mcast/result.hpp"
#include "transports/dpdk/mac_address.hpp"

namespace mcast::dpdk {

// "10.0.0.2/24", "fd00::2/64" as an interface has them, with IPv4's directed broadcast. Where there
// is an IPv6 address but none of the link, the one that follows from the MAC is added (RFC 4291,
// appendix A): group membership and neighbours need it. Fails on anything else, with a sentence.
[[nodiscard]] Result<std::vector<InterfaceAddress>> port_addresses(
    std::span<const std::string> texts, const MacAddress& mac);

}  // namespace mcast::dpdk
