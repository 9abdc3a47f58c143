#include "transports/dpdk/frame_template.hpp"

#include <algorithm>
#include <cstring>

#include "mcast/assert.hpp"
#include "transports/dpdk/network_order.hpp"

namespace mcast::dpdk {
namespace {

void copy(std::span<const std::uint8_t> from, std::byte* to) {
    std::memcpy(to, from.data(), from.size());
}

void write_ipv4(const UdpPath& path, std::byte* at) {
    store_8(at, 0x45);  // version 4, five words of header
    store_8(at + 1, path.traffic_class);
    store_16(at + 6, 0x4000);  // DF (RFC 791, 3.1)
    store_8(at + 8, path.hop_limit);
    store_8(at + 9, kProtocolUdp);
    copy(path.source.address.bytes(), at + 12);
    copy(path.destination.address.bytes(), at + 16);
}

void write_ipv6(const UdpPath& path, std::byte* at) {
    // Version 6, the traffic class across the first two bytes, no flow label.
    store_16(at, static_cast<std::uint16_t>(0x6000 | path.traffic_class << 4));
    store_8(at + 6, kProtocolUdp);
    store_8(at + 7, path.hop_limit);
    copy(path.source.address.bytes(), at + 8);
    copy(path.destination.address.bytes(), at + 24);
}

}  // namespace

FrameTemplate::FrameTemplate(const UdpPath& path) : family_(path.destination.address.family()) {
    MCAST_ASSERT(family_ != Family::None && path.source.address.family() == family_,
                 "a path has addresses of one family at both ends");
    path.destination_mac.store(bytes_.data());
    path.source_mac.store(bytes_.data() + 6);
    std::byte* type = bytes_.data() + 12;
    if (path.tag) {
        store_16(type, kEtherTypeVlan);
        store_16(type + 2, *path.tag);
        type += kVlanTagSize;
    }
    store_16(type, family_ == Family::Ipv4 ? kEtherTypeIpv4 : kEtherTypeIpv6);
    ip_at_ = static_cast<std::size_t>(type + 2 - bytes_.data());
    udp_at_ = ip_at_ + (family_ == Family::Ipv4 ? kIpv4Size : kIpv6Size);
    header_size_ = udp_at_ + kUdpSize;

    std::byte* ip = bytes_.data() + ip_at_;
    if (family_ == Family::Ipv4) {
        write_ipv4(path, ip);
        ip_sum_.add(std::span<const std::byte>(ip, kIpv4Size));
    } else {
        write_ipv6(path, ip);
    }
    std::byte* udp = bytes_.data() + udp_at_;
    store_16(udp, path.source.port);
    store_16(udp + 2, path.destination.port);
    pseudo_sum_.add_pseudo_header(path.source.address, path.destination.address, kProtocolUdp);
    port_sum_.add(path.source.port).add(path.destination.port);
}

std::uint16_t FrameTemplate::udp_checksum(std::span<const std::byte> payload,
                                          std::uint16_t udp_size, UdpChecksum mode) const {
    if (mode == UdpChecksum::Zero && family_ == Family::Ipv4) return 0;
    InternetSum sum = pseudo_sum_;
    sum.add(udp_size);
    if (mode == UdpChecksum::Device) return sum.folded();
    // The length counts twice, in the pseudo header and in the header.
    const std::uint16_t checksum = sum.add(udp_size).add(port_sum_).add(payload).checksum();
    return checksum == 0 ? 0xffff : checksum;  // RFC 768: zero would mean that there is none
}

void FrameTemplate::write(std::span<std::byte> frame, std::uint16_t identification,
                          UdpChecksum mode) const {
    constexpr std::size_t kPacketMax = 65535;
    MCAST_ASSERT(frame.size() >= header_size_ && frame.size() - ip_at_ <= kPacketMax,
                 "a frame has room for its headers and its lengths fit into 16 bits");
    std::memcpy(frame.data(), bytes_.data(), header_size_);
    const auto udp_size = static_cast<std::uint16_t>(frame.size() - udp_at_);
    std::byte* ip = frame.data() + ip_at_;
    if (family_ == Family::Ipv4) {
        const auto total = static_cast<std::uint16_t>(frame.size() - ip_at_);
        store_16(ip + 2, total);
        store_16(ip + 4, identification);
        InternetSum sum = ip_sum_;
        store_checksum(ip + 10, sum.add(total).add(identification).checksum());
    } else {
        store_16(ip + 4, udp_size);
    }
    std::byte* udp = frame.data() + udp_at_;
    store_16(udp + 4, udp_size);
    store_checksum(udp + 6, udp_checksum(frame.subspan(header_size_), udp_size, mode));
}

}  // namespace mcast::dpdk
