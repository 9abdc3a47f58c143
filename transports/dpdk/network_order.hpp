#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace mcast::dpdk {

static_assert(std::endian::native == std::endian::little || std::endian::native == std::endian::big,
              "the network's order is made by swapping bytes or not at all");

// A number in the network's order as it lies in memory, and back.
[[nodiscard]] constexpr std::uint16_t network_order(std::uint16_t value) {
    if constexpr (std::endian::native == std::endian::big) return value;
    return static_cast<std::uint16_t>(value << 8 | value >> 8);
}

// Numbers in the network's order at any address; whoever calls has checked that they are there.
[[nodiscard]] inline std::uint8_t load_8(const std::byte* at) {
    return std::to_integer<std::uint8_t>(*at);
}
[[nodiscard]] inline std::uint16_t load_16(const std::byte* at) {
    std::uint16_t value = 0;
    std::memcpy(&value, at, sizeof value);
    return network_order(value);
}
[[nodiscard]] inline std::uint32_t load_32(const std::byte* at) {
    return std::uint32_t{load_16(at)} << 16 | load_16(at + 2);
}
inline void store_8(std::byte* at, std::uint8_t value) {
    *at = std::byte{value};
}
inline void store_16(std::byte* at, std::uint16_t value) {
    value = network_order(value);
    std::memcpy(at, &value, sizeof value);
}
inline void store_32(std::byte* at, std::uint32_t value) {
    store_16(at, static_cast<std::uint16_t>(value >> 16));
    store_16(at + 2, static_cast<std::uint16_t>(value & 0xffff));
}

}  // namespace mcast::dpdk
