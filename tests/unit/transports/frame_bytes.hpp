#pragma once

#include <cctype>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mcast/address.hpp"
#include "transports/dpdk/checksum.hpp"

namespace mcast::dpdk::test {

using Bytes = std::vector<std::byte>;

// "0102 ff" as bytes; spaces and line breaks are for the reader.
inline Bytes hex(std::string_view text) {
    Bytes bytes;
    int high = -1;
    for (const char character : text) {
        if (!std::isxdigit(static_cast<unsigned char>(character))) continue;
        const int digit = character <= '9' ? character - '0' : (character | 0x20) - 'a' + 10;
        if (high < 0) {
            high = digit;
        } else {
            bytes.push_back(static_cast<std::byte>(high << 4 | digit));
            high = -1;
        }
    }
    return bytes;
}

inline std::string to_hex(std::span<const std::byte> bytes) {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string text;
    for (const std::byte byte : bytes) {
        text += kDigits[std::to_integer<unsigned>(byte) >> 4];
        text += kDigits[std::to_integer<unsigned>(byte) & 15];
    }
    return text;
}

inline Bytes joined(Bytes first, const Bytes& second) {
    first.insert(first.end(), second.begin(), second.end());
    return first;
}

inline Address address(std::string_view text) {
    return Address::parse(text).value();
}

// The same with its checksum right: of the IPv4 header that starts at `at`.
inline Bytes with_ipv4_checksum(Bytes frame, std::size_t at = 14) {
    const std::size_t size = std::to_integer<std::size_t>(frame.at(at) & std::byte{15}) * 4;
    store_checksum(&frame.at(at + 10), 0);
    store_checksum(&frame.at(at + 10),
                   InternetSum().add(std::span(frame).subspan(at, size)).checksum());
    return frame;
}

// And of a message that starts at `at` and keeps its checksum `field` bytes further on.
inline Bytes with_checksum(Bytes frame, std::size_t at, std::size_t field = 2,
                           InternetSum sum = {}) {
    store_checksum(&frame.at(at + field), 0);
    store_checksum(&frame.at(at + field), sum.add(std::span(frame).subspan(at)).checksum());
    return frame;
}

}  // namespace mcast::dpdk::test
