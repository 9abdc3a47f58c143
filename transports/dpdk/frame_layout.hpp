#pragma once

#include <cstddef>
#include <cstdint>

#include "mcast/address.hpp"

// Sizes and numbers of the headers in a frame, one place for parser and writers.
namespace mcast::dpdk {

inline constexpr std::size_t kEthernetSize = 14;  // less the checksum, which devices keep
inline constexpr std::size_t kVlanTagSize = 4;    // IEEE 802.1Q
inline constexpr std::size_t kArpSize = 28;       // RFC 826, Ethernet and IPv4
inline constexpr std::size_t kIpv4Size = 20;      // without options
inline constexpr std::size_t kIpv6Size = 40;
inline constexpr std::size_t kUdpSize = 8;

inline constexpr std::uint16_t kEtherTypeIpv4 = 0x0800;
inline constexpr std::uint16_t kEtherTypeArp = 0x0806;
inline constexpr std::uint16_t kEtherTypeVlan = 0x8100;
inline constexpr std::uint16_t kEtherTypeServiceVlan = 0x88a8;  // the outer one of two tags
inline constexpr std::uint16_t kEtherTypeIpv6 = 0x86dd;

inline constexpr std::uint8_t kProtocolHopByHop = 0;
inline constexpr std::uint8_t kProtocolIcmp = 1;
inline constexpr std::uint8_t kProtocolIgmp = 2;
inline constexpr std::uint8_t kProtocolUdp = 17;
inline constexpr std::uint8_t kProtocolRouting = 43;
inline constexpr std::uint8_t kProtocolFragment = 44;
inline constexpr std::uint8_t kProtocolEncrypted = 50;
inline constexpr std::uint8_t kProtocolAuthentication = 51;
inline constexpr std::uint8_t kProtocolIcmpv6 = 58;
inline constexpr std::uint8_t kProtocolDestinationOptions = 60;

inline constexpr std::uint16_t kVlanIdMask = 0x0fff;  // the rest is priority (IEEE 802.1Q, 9.6)

// Bytes before the payload of a datagram: 42 or 62, with a tag 46 or 66.
[[nodiscard]] constexpr std::size_t udp_header_size(Family family, bool tagged) {
    return kEthernetSize + (tagged ? kVlanTagSize : 0) +
           (family == Family::Ipv6 ? kIpv6Size : kIpv4Size) + kUdpSize;
}

// Where a frame has to start, modulo 8, so that the payload behind so many bytes of headers is
// 8-byte aligned: 6 for 42 and 66, 2 for 46 and 62. A receiving device uses one start for all
// frames, so only one family's payloads are aligned; the other's have to be moved.
[[nodiscard]] constexpr std::size_t aligned_frame_start(std::size_t header_size) {
    return (8 - header_size % 8) % 8;
}
// The smallest headroom of at least `headroom_min` bytes in an 8-byte aligned buffer that does so.
[[nodiscard]] constexpr std::size_t aligned_headroom(std::size_t header_size,
                                                     std::size_t headroom_min) {
    return headroom_min + (aligned_frame_start(header_size) + 8 - headroom_min % 8) % 8;
}
static_assert((aligned_headroom(udp_header_size(Family::Ipv4, false), 128) + 42) % 8 == 0);
static_assert((aligned_headroom(udp_header_size(Family::Ipv6, true), 5) + 66) % 8 == 0);

// Bytes of UDP payload that fit into an IP packet of `mtu` bytes.
[[nodiscard]] constexpr std::size_t udp_payload_max(Family family, std::size_t mtu) {
    const std::size_t headers = (family == Family::Ipv6 ? kIpv6Size : kIpv4Size) + kUdpSize;
    return mtu > headers ? mtu - headers : 0;
}

}  // namespace mcast::dpdk
