#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "mcast/address.hpp"
#include "tests/fuzz/input.hpp"
#include "transports/dpdk/control_frame.hpp"
#include "transports/dpdk/frame_layout.hpp"

namespace mcast::fuzz {

// 10.77.0.n or fe80::n; 239.1.1.n or ff12::n.
inline Address host(Family family, std::uint8_t n) {
    if (family == Family::Ipv4) return Address::ipv4(10, 77, 0, n);
    return Address::ipv6({0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, n});
}
inline Address group(Family family, std::uint8_t n) {
    if (family == Family::Ipv4) return Address::ipv4(239, 1, 1, n);
    return Address::ipv6({0xff, 0x12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, n});
}

// A message as it may come from a link, with all its checksums right: so that the fuzzer need not
// find those. The input chooses the addresses, the hop limit and the message itself.
inline std::vector<std::byte> control_frame(Input& input, Family family, std::uint8_t protocol) {
    const std::uint8_t choices = input.byte();
    const Address everybody =
        family == Family::Ipv4
            ? Address::ipv4(224, 0, 0, 1)
            : Address::ipv6({0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1});
    static constexpr std::uint8_t kHopLimits[] = {1, 255, 2, 64};
    dpdk::ControlHeaders headers{.station = {{{0x02, 0, 0, 0, 0, 0x02}}},
                                 .destination_mac = dpdk::kBroadcastMac,
                                 .source = host(family, 2),
                                 .destination = everybody,
                                 .protocol = protocol,
                                 .hop_limit = kHopLimits[choices >> 6],
                                 .router_alert = (choices & 1) == 0};
    if ((choices & 2) != 0) headers.source = Address();
    if ((choices & 4) != 0) headers.destination = host(family, 1);
    if ((choices & 8) != 0) headers.destination = group(family, input.byte());
    const std::span<const std::byte> message = input.take(input.byte());
    std::vector<std::byte> frame(headers.size());
    frame.insert(frame.end(), message.begin(), message.end());
    // Shorter ones never get past the parser.
    frame.resize(std::max(frame.size(), headers.size() + 8));
    dpdk::write_control_frame(frame, headers, frame.size() - headers.size());
    return frame;
}

}  // namespace mcast::fuzz
