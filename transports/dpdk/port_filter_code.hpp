#pragma once

#include <linux/bpf.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "transports/dpdk/mac_address.hpp"

namespace mcast::dpdk {

// Frames of an interface that are ours; all others stay with the kernel.
struct PortFilterPlan {
    MacAddress mac;          // of the interface: unicast frames to others are not ours
    std::uint16_t vlan = 0;  // 0: datagrams without a tag, to ports of the map; else: all of it
};

// The map of ports: a bit for each, in words of 64.
inline constexpr std::size_t kPortWords = 65536 / 64;

// An XDP program that redirects to sockets of `sockets_map` (BPF_MAP_TYPE_XSKMAP, by queue) what is
// UDP over IPv4 or IPv6 to a port of `ports_map` (BPF_MAP_TYPE_ARRAY), and lets the rest pass:
// fragments, other VLANs, extension headers, and what comes while there is no socket. Both maps by
// their descriptors.
[[nodiscard]] std::vector<bpf_insn> port_filter_code(const PortFilterPlan& plan, int ports_map,
                                                     int sockets_map);

}  // namespace mcast::dpdk
