#include "transports/dpdk/frame_parser.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "transports/dpdk/checksum.hpp"
#include "transports/dpdk/frame_layout.hpp"
#include "transports/dpdk/network_order.hpp"

namespace mcast::dpdk {
namespace {

using Bytes = std::span<const std::byte>;

// A packet's payload and what it is.
struct Packet {
    Bytes rest;
    Bytes addresses{};  // source and destination as they lie there, for the pseudo header
    std::uint8_t protocol = 0;
};

Address load_ipv4(const std::byte* at) {
    return Address::ipv4(load_8(at), load_8(at + 1), load_8(at + 2), load_8(at + 3));
}

Address load_ipv6(const std::byte* at) {
    std::array<std::uint8_t, 16> bytes;
    std::memcpy(bytes.data(), at, bytes.size());
    return Address::ipv6(bytes);
}

// The Ethernet header and the tag; leaves what follows in `rest`.
DropCause read_ethernet(Bytes& rest, std::uint16_t& ether_type, ParsedFrame& parsed,
                        const FrameFilter& filter, const DeviceVerdict& device) {
    if (rest.size() < kEthernetSize) return DropCause::Runt;
    parsed.destination_mac = MacAddress::load(rest.data());
    parsed.source_mac = MacAddress::load(rest.data() + 6);
    ether_type = load_16(rest.data() + 12);
    rest = rest.subspan(kEthernetSize);
    if (parsed.source_mac.is_group() || parsed.source_mac.is_zero()) return DropCause::BadSourceMac;
    if (filter.mac && parsed.destination_mac != *filter.mac && !parsed.destination_mac.is_group())
        return DropCause::OtherMac;

    std::optional<std::uint16_t> tag = device.tag;
    if (ether_type == kEtherTypeVlan) {
        if (tag) return DropCause::NestedVlan;
        if (rest.size() < kVlanTagSize) return DropCause::Runt;
        tag = load_16(rest.data());
        ether_type = load_16(rest.data() + 2);
        rest = rest.subspan(kVlanTagSize);
    }
    if (ether_type == kEtherTypeVlan || ether_type == kEtherTypeServiceVlan)
        return DropCause::NestedVlan;
    const auto id = static_cast<std::uint16_t>(tag.value_or(0) & kVlanIdMask);
    return id == filter.vlan.value_or(0) ? DropCause::None : DropCause::OtherVlan;
}

// RFC 791, 3.1: router alert is noted, source routes are refused as hosts do (RFC 7126), all else
// is skipped.
DropCause read_ipv4_options(Bytes options, ParsedFrame& parsed) {
    constexpr std::uint8_t kEnd = 0;
    constexpr std::uint8_t kNoOperation = 1;
    constexpr std::uint8_t kLooseRoute = 131;
    constexpr std::uint8_t kStrictRoute = 137;
    constexpr std::uint8_t kRouterAlert = 148;  // RFC 2113
    while (!options.empty()) {
        const std::uint8_t type = load_8(options.data());
        if (type == kEnd) break;
        std::size_t size = 1;
        if (type != kNoOperation) {
            if (options.size() < 2) return DropCause::Ipv4Options;
            size = load_8(options.data() + 1);
            if (size < 2 || size > options.size()) return DropCause::Ipv4Options;
            if (type == kLooseRoute || type == kStrictRoute) return DropCause::Ipv4Options;
            if (type == kRouterAlert) parsed.router_alert = true;
        }
        options = options.subspan(size);
    }
    return DropCause::None;
}

DropCause read_ipv4(Packet& packet, ParsedFrame& parsed, const DeviceVerdict& device) {
    const Bytes bytes = packet.rest;
    if (bytes.size() < kIpv4Size || load_8(bytes.data()) >> 4 != 4) return DropCause::Ipv4Header;
    const std::size_t header_size = std::size_t{load_8(bytes.data()) & 0xfu} * 4;
    if (header_size < kIpv4Size || header_size > bytes.size()) return DropCause::Ipv4Header;
    const std::size_t total_size = load_16(bytes.data() + 2);
    if (total_size < header_size || total_size > bytes.size()) return DropCause::Ipv4Length;
    if (!device.ipv4_checksum_good && !InternetSum().add(bytes.first(header_size)).is_intact())
        return DropCause::Ipv4Checksum;
    // More fragments to come, or an offset: only DF and the reserved bit may be set.
    if ((load_16(bytes.data() + 6) & 0x3fff) != 0) return DropCause::Ipv4Fragment;

    parsed.hop_limit = load_8(bytes.data() + 8);
    packet.protocol = load_8(bytes.data() + 9);
    parsed.source.address = load_ipv4(bytes.data() + 12);
    parsed.destination.address = load_ipv4(bytes.data() + 16);
    packet.addresses = bytes.subspan(12, 8);
    packet.rest = bytes.subspan(header_size, total_size - header_size);
    if (header_size > kIpv4Size) {
        const Bytes options = bytes.subspan(kIpv4Size, header_size - kIpv4Size);
        if (const DropCause cause = read_ipv4_options(options, parsed); cause != DropCause::None)
            return cause;
    }
    // 0.0.0.0 is the source of snooping switches' queries (RFC 4541, 2.1.1) and of ones that do
    // not know their address yet; nobody can answer it, so it sends no datagrams.
    const bool nobody = packet.protocol == kProtocolUdp && load_32(bytes.data() + 12) == 0;
    constexpr std::uint8_t kLoopback = 127;
    constexpr std::uint8_t kGroups = 224;  // and beyond them what is reserved, and broadcast
    const std::uint8_t network = load_8(bytes.data() + 12);
    return nobody || network == kLoopback || network >= kGroups ? DropCause::BadSource
                                                                : DropCause::None;
}

// RFC 8200, 4.3: options of 8 × n bytes before the payload; router alert is noted.
DropCause read_hop_by_hop(Packet& packet, ParsedFrame& parsed) {
    constexpr std::uint8_t kPad1 = 0;
    constexpr std::uint8_t kRouterAlert = 5;  // RFC 2711
    if (packet.rest.size() < 8) return DropCause::Ipv6HopByHop;
    const std::size_t size = (std::size_t{load_8(packet.rest.data() + 1)} + 1) * 8;
    if (size > packet.rest.size()) return DropCause::Ipv6HopByHop;
    packet.protocol = load_8(packet.rest.data());
    Bytes options = packet.rest.subspan(2, size - 2);
    packet.rest = packet.rest.subspan(size);
    while (!options.empty()) {
        const std::uint8_t type = load_8(options.data());
        std::size_t option_size = 1;
        if (type != kPad1) {
            if (options.size() < 2) return DropCause::Ipv6HopByHop;
            option_size = std::size_t{load_8(options.data() + 1)} + 2;
            if (option_size > options.size()) return DropCause::Ipv6HopByHop;
            if (type == kRouterAlert && option_size == 4) parsed.router_alert = true;
            // RFC 8200, 4.2: the upper two bits say what to do with an option that is not known;
            // anything but 0 is some way of dropping. Padding and router alert have 0.
            if (type >> 6 != 0) return DropCause::Ipv6HopByHop;
        }
        options = options.subspan(option_size);
    }
    return DropCause::None;
}

DropCause read_ipv6(Packet& packet, ParsedFrame& parsed) {
    const Bytes bytes = packet.rest;
    if (bytes.size() < kIpv6Size || load_8(bytes.data()) >> 4 != 6) return DropCause::Ipv6Header;
    const std::size_t payload_size = load_16(bytes.data() + 4);
    if (payload_size == 0 || payload_size > bytes.size() - kIpv6Size) return DropCause::Ipv6Length;
    packet.protocol = load_8(bytes.data() + 6);
    parsed.hop_limit = load_8(bytes.data() + 7);
    parsed.source.address = load_ipv6(bytes.data() + 8);
    parsed.destination.address = load_ipv6(bytes.data() + 24);
    packet.addresses = bytes.subspan(8, 32);
    packet.rest = bytes.subspan(kIpv6Size, payload_size);
    if (packet.protocol == kProtocolHopByHop)
        if (const DropCause cause = read_hop_by_hop(packet, parsed); cause != DropCause::None)
            return cause;
    switch (packet.protocol) {
        case kProtocolFragment:
            return DropCause::Ipv6Fragment;
        case kProtocolHopByHop:  // a second one; it may only come first
        case kProtocolRouting:
        case kProtocolEncrypted:
        case kProtocolAuthentication:
        case kProtocolDestinationOptions:
            return DropCause::Ipv6Extension;
        default:
            break;
    }
    // :: asks whether its address is free (RFC 4862, 5.4.2); as a sender of datagrams it is nobody.
    const std::byte* source = bytes.data() + 8;
    const bool low =
        std::all_of(source, source + 15, [](std::byte b) { return b == std::byte{0}; });
    const std::uint8_t last = load_8(source + 15);
    const bool nobody = low && last == 0 && packet.protocol == kProtocolUdp;
    const bool loopback = low && last == 1;
    const bool group = load_8(source) == 0xff;
    return nobody || loopback || group ? DropCause::BadSource : DropCause::None;
}

// RFC 768; RFC 8200, 8.1.
InternetSum pseudo_header(const Packet& packet, std::size_t size) {
    return InternetSum()
        .add(packet.addresses)
        .add(std::uint16_t{packet.protocol})
        .add(static_cast<std::uint16_t>(size));
}

DropCause read_udp(const Packet& packet, ParsedFrame& parsed, const FrameFilter& filter,
                   const DeviceVerdict& device) {
    const Bytes bytes = packet.rest;
    if (bytes.size() < kUdpSize) return DropCause::UdpLength;
    const std::size_t size = load_16(bytes.data() + 4);
    if (size < kUdpSize || size > bytes.size()) return DropCause::UdpLength;
    const bool has_checksum = load_16(bytes.data() + 6) != 0;
    if (!has_checksum && parsed.source.address.family() == Family::Ipv6)
        return DropCause::UdpChecksumMissing;  // RFC 8200, 8.1
    if (has_checksum && !device.udp_checksum_good && filter.verify_udp_checksum &&
        !pseudo_header(packet, size).add(bytes.first(size)).is_intact())
        return DropCause::UdpChecksum;
    parsed.source.port = load_16(bytes.data());
    parsed.destination.port = load_16(bytes.data() + 2);
    parsed.payload = bytes.subspan(kUdpSize, size - kUdpSize);
    parsed.kind = FrameKind::Udp;
    return DropCause::None;
}

// IGMP and both ICMPs: a type, a code, a checksum over the message (ICMPv6: and a pseudo header).
DropCause read_control(const Packet& packet, ParsedFrame& parsed) {
    const bool ipv6 = parsed.source.address.family() == Family::Ipv6;
    if (packet.protocol == kProtocolIcmpv6 && ipv6)
        parsed.kind = FrameKind::Icmpv6;
    else if (packet.protocol == kProtocolIcmp && !ipv6)
        parsed.kind = FrameKind::Icmp;
    else if (packet.protocol == kProtocolIgmp && !ipv6)
        parsed.kind = FrameKind::Igmp;
    else
        return DropCause::Protocol;
    constexpr std::size_t kSizeMin = 8;  // of every one of them
    if (packet.rest.size() < kSizeMin) return DropCause::ControlLength;
    InternetSum sum = ipv6 ? pseudo_header(packet, packet.rest.size()) : InternetSum();
    if (!sum.add(packet.rest).is_intact()) return DropCause::ControlChecksum;
    parsed.payload = packet.rest;
    return DropCause::None;
}

DropCause read_arp(Bytes bytes, ParsedFrame& parsed) {
    if (bytes.size() < kArpSize) return DropCause::ArpMalformed;
    constexpr std::uint16_t kEthernet = 1;
    if (load_16(bytes.data()) != kEthernet || load_16(bytes.data() + 2) != kEtherTypeIpv4 ||
        load_8(bytes.data() + 4) != 6 || load_8(bytes.data() + 5) != 4)
        return DropCause::ArpMalformed;
    parsed.payload = bytes.first(kArpSize);
    parsed.kind = FrameKind::Arp;
    return DropCause::None;
}

DropCause read_frame(Bytes frame, ParsedFrame& parsed, const FrameFilter& filter,
                     const DeviceVerdict& device) {
    Packet packet{frame};
    std::uint16_t ether_type = 0;
    DropCause cause = read_ethernet(packet.rest, ether_type, parsed, filter, device);
    if (cause != DropCause::None) return cause;
    if (ether_type == kEtherTypeArp) return read_arp(packet.rest, parsed);
    if (ether_type == kEtherTypeIpv4)
        cause = read_ipv4(packet, parsed, device);
    else if (ether_type == kEtherTypeIpv6)
        cause = read_ipv6(packet, parsed);
    else
        return DropCause::EtherType;
    if (cause != DropCause::None) return cause;
    return packet.protocol == kProtocolUdp ? read_udp(packet, parsed, filter, device)
                                           : read_control(packet, parsed);
}

}  // namespace

ParsedFrame parse_frame(std::span<const std::byte> frame, const FrameFilter& filter,
                        const DeviceVerdict& device) {
    ParsedFrame parsed;
    parsed.cause = read_frame(frame, parsed, filter, device);
    if (parsed.cause != DropCause::None) parsed.kind = FrameKind::Dropped;
    return parsed;
}

}  // namespace mcast::dpdk
