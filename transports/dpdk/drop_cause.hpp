#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mcast::dpdk {

// Why a frame from the network goes no further.
enum class DropCause : std::uint8_t {
    None,
    Runt,                // shorter than an Ethernet header, or than its tag
    BadSourceMac,        // a group's or zero
    OtherMac,            // to another station: the device is promiscuous
    OtherVlan,           // without our tag, or with another
    NestedVlan,          // more than one tag
    EtherType,           // neither IP nor ARP
    ArpMalformed,        // shorter than it is, or not of Ethernet and IPv4
    Ipv4Header,          // truncated, of another version, or a header length that cannot be
    Ipv4Length,          // the total length is beyond the frame, or less than the header
    Ipv4Checksum,        // of the header
    Ipv4Options,         // malformed, or a source route
    Ipv4Fragment,        // ours are never fragmented, and nothing is put together
    Ipv6Header,          // truncated or of another version
    Ipv6Length,          // the payload length is beyond the frame, or 0 (a jumbogram)
    Ipv6HopByHop,        // malformed, or with an option that asks to drop
    Ipv6Extension,       // any other extension header
    Ipv6Fragment,        // as Ipv4Fragment
    BadSource,           // a source address that nobody can have
    Protocol,            // neither UDP, ICMP nor IGMP
    UdpLength,           // truncated, or a length beyond the packet
    UdpChecksum,         // wrong
    UdpChecksumMissing,  // zero, which IPv6 does not allow
    ControlLength,       // ICMP or IGMP without its 8 bytes
    ControlChecksum,     // of ICMP or IGMP, wrong
};
inline constexpr std::size_t kDropCauseCount = 25;

[[nodiscard]] std::string_view to_string(DropCause cause);  // "runt", "bad-source-mac", …

// How many frames went no further, by cause.
class DropCounters {
public:
    void count(DropCause cause) { ++counts_[static_cast<std::size_t>(cause)]; }
    [[nodiscard]] std::uint64_t operator[](DropCause cause) const {
        return counts_[static_cast<std::size_t>(cause)];
    }
    [[nodiscard]] std::uint64_t total() const {
        std::uint64_t sum = 0;
        for (const std::uint64_t count : counts_)
            sum += count;
        return sum;
    }

private:
    std::array<std::uint64_t, kDropCauseCount> counts_{};
};

}  // namespace mcast::dpdk
