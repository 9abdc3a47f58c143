#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "mcast/address.hpp"
#include "transports/dpdk/checksum.hpp"
#include "transports/dpdk/frame_layout.hpp"
#include "transports/dpdk/mac_address.hpp"

namespace mcast::dpdk {

// Who a datagram is from and to, on all layers.
struct UdpPath {
    MacAddress source_mac;
    MacAddress destination_mac;        // multicast_mac(), kBroadcastMac or a neighbour's
    std::optional<std::uint16_t> tag;  // an 802.1Q tag (TCI): id and priority
    Endpoint source;                   // of the same family as the destination
    Endpoint destination;
    std::uint8_t hop_limit = 1;
    std::uint8_t traffic_class = 0;  // DSCP and ECN
};

enum class UdpChecksum : std::uint8_t {
    Software,  // summed here
    Zero,      // none (RFC 768); IPv6 does not allow that and gets Software
    Device,    // the sum of the pseudo header: the device adds the rest
};

// The headers of all datagrams on one path, made once; each datagram costs a copy of them, its
// lengths and its checksums. Datagrams are never fragmented: DF is set.
class FrameTemplate {
public:
    explicit FrameTemplate(const UdpPath& path);

    // Bytes before the payload: udp_header_size().
    [[nodiscard]] std::size_t header_size() const { return header_size_; }
    // Of the Ethernet header and the tag, and of the IP header: what devices that compute checksums
    // want to know.
    [[nodiscard]] std::size_t ethernet_size() const { return ip_at_; }
    [[nodiscard]] std::size_t ip_size() const { return udp_at_ - ip_at_; }
    [[nodiscard]] Family family() const { return family_; }

    // Another way to the same destination, as when a neighbour's device was replaced.
    void set_destination_mac(const MacAddress& mac) { mac.store(bytes_.data()); }

    // Completes a frame: `frame` has header_size() bytes to be written and then the payload, 65535
    // bytes of IP packet at most. `identification` is IPv4's; of no use while DF is set (RFC 6864).
    void write(std::span<std::byte> frame, std::uint16_t identification, UdpChecksum mode) const;

private:
    [[nodiscard]] std::uint16_t udp_checksum(std::span<const std::byte> payload,
                                             std::uint16_t udp_size, UdpChecksum mode) const;

    std::array<std::byte, udp_header_size(Family::Ipv6, true)> bytes_{};
    std::size_t ip_at_ = 0;
    std::size_t udp_at_ = 0;
    std::size_t header_size_ = 0;
    Family family_ = Family::None;
    InternetSum ip_sum_;      // IPv4's header, less total length and identification
    InternetSum pseudo_sum_;  // UDP's pseudo header, less the length
    InternetSum port_sum_;
};

}  // namespace mcast::dpdk
