#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "mcast/address.hpp"

namespace mcast::plain {

// An IP packet of a UDP datagram, or a fragment of one: its headers, and which part of the payload
// comes behind them.
struct RawPacket {
    std::array<std::byte, 48> header{};  // IPv6 and UDP are the longest
    std::size_t header_size = 0;
    std::size_t offset = 0;
    std::size_t size = 0;
};

// A 64 KiB datagram through an MTU of 576.
inline constexpr std::size_t kRawPacketsMax = 128;

struct RawDatagram {
    Endpoint source;
    Endpoint destination;
    std::uint8_t ttl = 1;
    std::uint16_t identification = 0;  // of IPv4 fragments: not of another one's under way
    std::span<const std::byte> payload;
};

// Headers for a datagram with whatever source; returns how many packets it makes, each no longer
// than the MTU. IPv4 is cut into fragments where needed; IPv6 is not, since its routers would not
// either. 0: it does not go, for its size, its MTU or two families.
std::size_t write_packets(const RawDatagram& datagram, std::size_t mtu,
                          std::span<RawPacket, kRawPacketsMax> packets);

}  // namespace mcast::plain
