#pragma once

#include <array>
#include <bit>
#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "mcast/export.hpp"

namespace mcast {

enum class Family : std::uint8_t { None, Ipv4, Ipv6 };

// An IPv4 or IPv6 address, a value of 17 bytes. IPv6 zones are not part of it: interfaces are
// always named beside an address, by ifindex (RFC 4007).
class MCAST_API Address {
public:
    constexpr Address() = default;

    [[nodiscard]] static constexpr Address ipv4(std::uint8_t a, std::uint8_t b, std::uint8_t c,
                                                std::uint8_t d) {
        Address address;
        address.family_ = Family::Ipv4;
        address.bytes_[0] = a;
        address.bytes_[1] = b;
        address.bytes_[2] = c;
        address.bytes_[3] = d;
        return address;
    }
    [[nodiscard]] static constexpr Address ipv6(const std::array<std::uint8_t, 16>& bytes) {
        Address address;
        address.family_ = Family::Ipv6;
        address.bytes_ = bytes;
        return address;
    }
    // "10.0.0.1" or "fe80::1"; empty for anything else (zones, brackets, ports).
    [[nodiscard]] static std::optional<Address> parse(std::string_view text);

    [[nodiscard]] constexpr Family family() const { return family_; }
    // In network byte order: 4 bytes, 16 bytes, or none.
    [[nodiscard]] std::span<const std::uint8_t> bytes() const {
        return {bytes_.data(), family_ == Family::Ipv4 ? 4u : family_ == Family::Ipv6 ? 16u : 0u};
    }

    [[nodiscard]] bool is_multicast() const;          // 224.0.0.0/4, ff00::/8
    [[nodiscard]] bool is_limited_broadcast() const;  // 255.255.255.255
    [[nodiscard]] bool is_link_local() const;         // 169.254.0.0/16, fe80::/10
    [[nodiscard]] bool is_loopback() const;           // 127.0.0.0/8, ::1
    [[nodiscard]] bool is_unspecified() const;        // 0.0.0.0, ::, or no address

    // Whether the first `length` bits (0–32, 0–128) are equal; false across families.
    [[nodiscard]] bool shares_prefix(const Address& other, unsigned length) const;

    friend constexpr auto operator<=>(const Address&, const Address&) = default;
    // Each datagram of a run is compared with the one before it: two words, no call of memcmp.
    friend constexpr bool operator==(const Address& one, const Address& other) {
        const auto words = std::bit_cast<std::array<std::uint64_t, 2>>(one.bytes_);
        const auto others = std::bit_cast<std::array<std::uint64_t, 2>>(other.bytes_);
        return words[0] == others[0] && words[1] == others[1] && one.family_ == other.family_;
    }

private:
    std::array<std::uint8_t, 16> bytes_{};
    Family family_ = Family::None;
};

[[nodiscard]] MCAST_API std::string to_string(const Address& address);

// An address and a UDP port (host byte order). A Group is an endpoint whose address is multicast.
struct Endpoint {
    Address address;
    std::uint16_t port = 0;

    // "10.0.0.1:7400", "[fe80::1]:7400"; without a port (or brackets) the port is 0;
    // empty for anything else, a written port 0 among it.
    [[nodiscard]] MCAST_API static std::optional<Endpoint> parse(std::string_view text);

    friend constexpr auto operator<=>(const Endpoint&, const Endpoint&) = default;
};

using Group = Endpoint;

// "10.0.0.1:7400", "[fe80::1]:7400".
[[nodiscard]] MCAST_API std::string to_string(const Endpoint& endpoint);

}  // namespace mcast
