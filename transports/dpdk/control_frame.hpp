#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "mcast/address.hpp"
#include "transports/dpdk/mac_address.hpp"

namespace mcast::dpdk {

// Who we are on a link.
struct Station {
    MacAddress mac;
    std::optional<std::uint16_t> tag{};  // the 802.1Q tag (TCI) of all we send
};

// Room that a frame to be written has at least; all messages but IGMPv3's and MLDv2's are shorter.
inline constexpr std::size_t kControlFrameMin = 512;

// The headers around a message of IGMP, ICMP or ICMPv6.
struct ControlHeaders {
    Station station;
    MacAddress destination_mac;
    Address source;       // may be unspecified, of the destination's family
    Address destination;  // decides the family
    std::uint8_t protocol = 0;
    std::uint8_t hop_limit = 1;
    bool router_alert = false;  // RFC 2113; RFC 2711, with a hop-by-hop header around it

    // Bytes before the message.
    [[nodiscard]] std::size_t size() const;
};

// Completes a frame whose message of `message_size` bytes lies behind headers.size() bytes: writes
// the headers and the message's checksum, 2 bytes into it. Returns the size of the frame.
std::size_t write_control_frame(std::span<std::byte> frame, const ControlHeaders& headers,
                                std::size_t message_size);

// Writes an Ethernet header and its tag; returns their size.
std::size_t write_ethernet(std::byte* at, const Station& station, const MacAddress& destination,
                           std::uint16_t ether_type);

}  // namespace mcast::dpdk
