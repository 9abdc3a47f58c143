#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "mcast/address.hpp"

namespace mcast::dpdk {

// The internet checksum (RFC 1071): a ones' complement sum of 16-bit words as they lie in memory,
// kept in 64 bits and folded once at the end. Sums of pieces add up to the sum of the whole if
// every piece but the last has an even number of bytes.
class InternetSum {
public:
    constexpr InternetSum() = default;

    // Bytes at any address; an odd last one counts as if a zero followed.
    InternetSum& add(std::span<const std::byte> bytes);
    // One word given as a number.
    InternetSum& add(std::uint16_t number);
    InternetSum& add(const InternetSum& other);
    // The pseudo header of UDP and ICMPv6, less the length (RFC 768; RFC 8200, 8.1).
    InternetSum& add_pseudo_header(const Address& source, const Address& destination,
                                   std::uint8_t protocol);

    // 16 bits as they go into memory; never swap them. 0xffff and 0 are the same sum.
    [[nodiscard]] std::uint16_t folded() const;
    // What a header's checksum field holds, with the field counted as 0: the complement.
    [[nodiscard]] std::uint16_t checksum() const {
        return static_cast<std::uint16_t>(~std::uint32_t{folded()});
    }
    // Whether all that was added, its checksum field included, is as it was sent.
    [[nodiscard]] bool is_intact() const { return folded() == 0xffff; }

private:
    std::uint64_t sum_ = 0;
};

// Puts a checksum() or folded() where it belongs.
void store_checksum(std::byte* at, std::uint16_t in_memory_order);

}  // namespace mcast::dpdk
