#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "mcast/address.hpp"
#include "transports/dpdk/drop_cause.hpp"
#include "transports/dpdk/mac_address.hpp"

namespace mcast::dpdk {

enum class FrameKind : std::uint8_t { Dropped, Udp, Arp, Igmp, Icmp, Icmpv6 };

// What is let in, beside its being well-formed.
struct FrameFilter {
    // Our own address: frames to other stations are dropped, those to groups and to all are not.
    // None: whatever they are addressed to.
    std::optional<MacAddress> mac{};
    // The id of our VLAN (1–4094): only frames with this tag. None: only frames without one; a tag
    // of id 0 carries a priority only (IEEE 802.1Q, 9.6) and counts as none.
    std::optional<std::uint16_t> vlan{};
    // Off: a wrong UDP checksum is let through. For virtual links whose sender's kernel leaves the
    // sum to a device that there is not, when that cannot be switched off there.
    bool verify_udp_checksum = true;
};

// What the device said about one frame.
struct DeviceVerdict {
    bool ipv4_checksum_good = false;     // the header's; it need not be looked at again
    bool udp_checksum_good = false;      // likewise
    std::optional<std::uint16_t> tag{};  // the VLAN tag (TCI) that the device took out of the frame
};

// What a frame holds, in place. Addresses are those of IP; all lengths are within the frame.
struct ParsedFrame {
    FrameKind kind = FrameKind::Dropped;
    DropCause cause = DropCause::None;  // Dropped: why
    MacAddress source_mac;
    MacAddress destination_mac;
    Endpoint source;  // the port is 0 unless this is UDP; no address at all in ARP
    Endpoint destination;
    std::uint8_t hop_limit = 0;
    bool router_alert = false;  // RFC 2113, RFC 2711
    // UDP: of the datagram; ARP, ICMP, IGMP: the whole message. Points into the frame.
    std::span<const std::byte> payload;

    explicit operator bool() const { return kind != FrameKind::Dropped; }
};

// Reads Ethernet II with at most one 802.1Q tag, ARP, IPv4 (options skipped), IPv6 (a hop-by-hop
// header skipped), UDP, ICMP, ICMPv6 and IGMP. Checksums of all of them are verified. Padding after
// the packet is ignored. `frame` is what was received, without the frame check sequence.
[[nodiscard]] ParsedFrame parse_frame(std::span<const std::byte> frame, const FrameFilter& filter,
                                      const DeviceVerdict& device = {});

}  // namespace mcast::dpdk
