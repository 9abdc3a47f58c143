#include "transports/dpdk/control_frame.hpp"

#include <cstring>

#include "mcast/assert.hpp"
#include "transports/dpdk/checksum.hpp"
#include "transports/dpdk/frame_layout.hpp"
#include "transports/dpdk/network_order.hpp"

namespace mcast::dpdk {
namespace {

constexpr std::size_t kAlertOptionSize = 4;
constexpr std::size_t kHopByHopSize = 8;
// Internetwork control, the precedence of what keeps the network going (RFC 3376, 4).
constexpr std::uint8_t kInternetworkControl = 0xc0;

void copy(const Address& address, std::byte* to) {
    // An address that is not set is the unspecified one.
    if (address.family() != Family::None)
        std::memcpy(to, address.bytes().data(), address.bytes().size());
}

void write_ipv4(std::byte* at, const ControlHeaders& headers, std::size_t message_size) {
    const std::size_t size = kIpv4Size + (headers.router_alert ? kAlertOptionSize : 0);
    std::memset(at, 0, size);
    store_8(at, static_cast<std::uint8_t>(0x40 | size / 4));
    store_8(at + 1, headers.protocol == kProtocolIgmp ? kInternetworkControl : 0);
    store_16(at + 2, static_cast<std::uint16_t>(size + message_size));
    store_16(at + 6, 0x4000);  // DF
    store_8(at + 8, headers.hop_limit);
    store_8(at + 9, headers.protocol);
    copy(headers.source, at + 12);
    copy(headers.destination, at + 16);
    if (headers.router_alert) store_32(at + kIpv4Size, 0x94040000);
    store_checksum(at + 10, InternetSum().add(std::span<const std::byte>(at, size)).checksum());
}

void write_ipv6(std::byte* at, const ControlHeaders& headers, std::size_t message_size) {
    const std::size_t extra = headers.router_alert ? kHopByHopSize : 0;
    std::memset(at, 0, kIpv6Size + extra);
    store_8(at, 0x60);
    store_16(at + 4, static_cast<std::uint16_t>(message_size + extra));
    store_8(at + 6, headers.router_alert ? kProtocolHopByHop : headers.protocol);
    store_8(at + 7, headers.hop_limit);
    copy(headers.source, at + 8);
    copy(headers.destination, at + 24);
    if (!headers.router_alert) return;
    store_8(at + kIpv6Size, headers.protocol);
    store_32(at + kIpv6Size + 2, 0x05020000);  // router alert: MLD (RFC 2711, 2.1)
    store_16(at + kIpv6Size + 6, 0x0100);      // PadN of two bytes
}

}  // namespace

std::size_t ControlHeaders::size() const {
    const std::size_t link = kEthernetSize + (station.tag ? kVlanTagSize : 0);
    if (destination.family() == Family::Ipv4)
        return link + kIpv4Size + (router_alert ? kAlertOptionSize : 0);
    return link + kIpv6Size + (router_alert ? kHopByHopSize : 0);
}

std::size_t write_ethernet(std::byte* at, const Station& station, const MacAddress& destination,
                           std::uint16_t ether_type) {
    destination.store(at);
    station.mac.store(at + 6);
    std::size_t size = 12;
    if (station.tag) {
        store_16(at + size, kEtherTypeVlan);
        store_16(at + size + 2, *station.tag);
        size += kVlanTagSize;
    }
    store_16(at + size, ether_type);
    return size + 2;
}

std::size_t write_control_frame(std::span<std::byte> frame, const ControlHeaders& headers,
                                std::size_t message_size) {
    const std::size_t header_size = headers.size();
    MCAST_ASSERT(header_size + message_size <= frame.size(), "a message fits into its frame");
    const bool ipv4 = headers.destination.family() == Family::Ipv4;
    std::byte* ip =
        frame.data() + write_ethernet(frame.data(), headers.station, headers.destination_mac,
                                      ipv4 ? kEtherTypeIpv4 : kEtherTypeIpv6);
    const std::span<std::byte> message = frame.subspan(header_size, message_size);
    store_16(message.data() + 2, 0);
    InternetSum sum;
    if (ipv4) {
        write_ipv4(ip, headers, message_size);
    } else {
        write_ipv6(ip, headers, message_size);
        sum.add_pseudo_header(headers.source, headers.destination, headers.protocol)
            .add(static_cast<std::uint16_t>(message_size));
    }
    store_checksum(message.data() + 2, sum.add(message).checksum());
    return header_size + message_size;
}

}  // namespace mcast::dpdk
