#include "transports/plain/raw_packet.hpp"

#include <algorithm>
#include <cstring>

namespace mcast::plain {

namespace {

constexpr std::size_t kIpv4Header = 20;
constexpr std::size_t kIpv6Header = 40;
constexpr std::size_t kUdpHeader = 8;
constexpr std::size_t kPacketMax = 65535;  // what 16 bits of length can say
constexpr std::uint8_t kUdp = 17;          // protocol number
constexpr std::uint16_t kMoreFragments = 0x2000;

void put16(std::byte* at, std::size_t value) {
    at[0] = static_cast<std::byte>(value >> 8 & 0xff);
    at[1] = static_cast<std::byte>(value & 0xff);
}

// RFC 1071, not folded: words in network byte order, an odd byte filled up with zero.
std::uint64_t sum(std::span<const std::byte> bytes) {
    std::uint64_t total = 0;
    std::size_t at = 0;
    for (; at + 1 < bytes.size(); at += 2)
        total +=
            static_cast<std::uint64_t>(bytes[at]) << 8 | static_cast<std::uint64_t>(bytes[at + 1]);
    if (at < bytes.size()) total += static_cast<std::uint64_t>(bytes[at]) << 8;
    return total;
}

std::uint16_t folded(std::uint64_t total) {
    while (total >> 16 != 0)
        total = (total & 0xffff) + (total >> 16);
    return static_cast<std::uint16_t>(~total & 0xffff);
}

void write_udp(std::byte* at, const RawDatagram& datagram) {
    const std::size_t size = kUdpHeader + datagram.payload.size();
    put16(at, datagram.source.port);
    put16(at + 2, datagram.destination.port);
    put16(at + 4, size);
    put16(at + 6, 0);
    // The pseudo header: addresses, protocol, length (RFC 768; RFC 8200, 8.1: the same sum).
    const std::uint64_t total = sum(std::as_bytes(datagram.source.address.bytes())) +
                                sum(std::as_bytes(datagram.destination.address.bytes())) + kUdp +
                                size + sum({at, kUdpHeader}) + sum(datagram.payload);
    const std::uint16_t checksum = folded(total);
    put16(at + 6, checksum == 0 ? 0xffff : checksum);  // 0 means none
}

void write_ipv4(std::byte* at, const RawDatagram& datagram, std::size_t packet_size,
                std::size_t offset, bool more) {
    at[0] = std::byte{0x45};  // version 4, five words of header
    at[1] = std::byte{0};
    put16(at + 2, packet_size);
    put16(at + 4, datagram.identification);
    put16(at + 6, offset / 8 | (more ? kMoreFragments : 0u));
    at[8] = static_cast<std::byte>(datagram.ttl);
    at[9] = std::byte{kUdp};
    put16(at + 10, 0);
    std::memcpy(at + 12, datagram.source.address.bytes().data(), 4);
    std::memcpy(at + 16, datagram.destination.address.bytes().data(), 4);
    put16(at + 10, folded(sum({at, kIpv4Header})));
}

std::size_t write_ipv6_packet(const RawDatagram& datagram, std::size_t mtu, RawPacket& packet) {
    const std::size_t size = kUdpHeader + datagram.payload.size();
    if (kIpv6Header + size > mtu || size > kPacketMax) return 0;
    std::byte* const at = packet.header.data();
    put16(at, 0x6000);  // version 6
    put16(at + 2, 0);
    put16(at + 4, size);
    at[6] = std::byte{kUdp};
    at[7] = static_cast<std::byte>(datagram.ttl);
    std::memcpy(at + 8, datagram.source.address.bytes().data(), 16);
    std::memcpy(at + 24, datagram.destination.address.bytes().data(), 16);
    write_udp(at + kIpv6Header, datagram);
    packet.header_size = kIpv6Header + kUdpHeader;
    packet.offset = 0;
    packet.size = datagram.payload.size();
    return 1;
}

std::size_t write_ipv4_packets(const RawDatagram& datagram, std::size_t mtu,
                               std::span<RawPacket, kRawPacketsMax> packets) {
    const std::size_t whole = kUdpHeader + datagram.payload.size();
    if (kIpv4Header + whole > kPacketMax || mtu < kIpv4Header + kUdpHeader) return 0;
    // All fragments but the last are multiples of eight (RFC 791).
    const std::size_t room = kIpv4Header + whole <= mtu ? whole : (mtu - kIpv4Header) / 8 * 8;
    if ((whole + room - 1) / room > packets.size()) return 0;
    std::size_t count = 0;
    for (std::size_t offset = 0; offset < whole; offset += room) {
        const std::size_t size = std::min(room, whole - offset);
        const bool first = offset == 0;
        RawPacket& packet = packets[count++];
        packet.header_size = first ? kIpv4Header + kUdpHeader : kIpv4Header;
        packet.offset = first ? 0 : offset - kUdpHeader;
        packet.size = first ? size - kUdpHeader : size;
        write_ipv4(packet.header.data(), datagram, kIpv4Header + size, offset,
                   offset + size < whole);
        if (first) write_udp(packet.header.data() + kIpv4Header, datagram);
    }
    return count;
}

}  // namespace

std::size_t write_packets(const RawDatagram& datagram, std::size_t mtu,
                          std::span<RawPacket, kRawPacketsMax> packets) {
    const Family family = datagram.source.address.family();
    if (family != datagram.destination.address.family()) return 0;
    if (family == Family::Ipv6) return write_ipv6_packet(datagram, mtu, packets.front());
    return family == Family::Ipv4 ? write_ipv4_packets(datagram, mtu, packets) : 0;
}

}  // namespace mcast::plain
