#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "mcast/address.hpp"

namespace mcast::dpdk {

// An Ethernet address, a value of 6 bytes.
struct MacAddress {
    std::array<std::uint8_t, 6> bytes{};

    // "02:00:5e:10:00:01"; empty for anything else.
    [[nodiscard]] static std::optional<MacAddress> parse(std::string_view text);
    [[nodiscard]] static MacAddress load(const std::byte* at) {
        MacAddress mac;
        std::memcpy(mac.bytes.data(), at, mac.bytes.size());
        return mac;
    }
    void store(std::byte* at) const { std::memcpy(at, bytes.data(), bytes.size()); }

    [[nodiscard]] bool is_group() const { return (bytes[0] & 1) != 0; }  // broadcast among them
    [[nodiscard]] bool is_zero() const { return *this == MacAddress{}; }

    friend constexpr auto operator<=>(const MacAddress&, const MacAddress&) = default;
};

inline constexpr MacAddress kBroadcastMac{{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

// Where frames to a multicast address go: 01:00:5e and its lower 23 bits (RFC 1112, 6.4), so 32
// IPv4 groups share one; 33:33 and its lower 32 bits (RFC 2464, 7).
[[nodiscard]] MacAddress multicast_mac(const Address& group);

[[nodiscard]] std::string to_string(const MacAddress& mac);

}  // namespace mcast::dpdk
