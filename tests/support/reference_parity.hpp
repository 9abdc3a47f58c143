#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

// What schemas/README.md says of parity, as plainly as it can be written: bit by bit, with nothing
// of src/parity.
namespace mcast::test {

inline std::uint8_t reference_multiply(std::uint8_t a, std::uint8_t b) {
    unsigned product = 0;
    for (int bit = 0; bit < 8; ++bit)
        if (b >> bit & 1) product ^= unsigned{a} << bit;
    for (int bit = 15; bit >= 8; --bit)
        if (product >> bit & 1) product ^= 0x11du << (bit - 8);
    return static_cast<std::uint8_t>(product);
}

inline std::uint8_t reference_inverse(std::uint8_t a) {
    for (unsigned b = 1; b < 256; ++b)
        if (reference_multiply(a, static_cast<std::uint8_t>(b)) == 1)
            return static_cast<std::uint8_t>(b);
    return 0;
}

// The data of piece `index` of a block of these datagrams.
inline std::vector<std::byte> reference_piece(std::span<const std::vector<std::byte>> datagrams,
                                              unsigned index) {
    std::size_t longest = 0;
    for (const auto& datagram : datagrams)
        longest = std::max(longest, datagram.size());
    std::vector<std::byte> piece(2 + longest);
    for (unsigned place = 0; place < datagrams.size(); ++place) {
        std::vector<std::byte> string(2);
        string[0] = static_cast<std::byte>(datagrams[place].size() & 0xff);
        string[1] = static_cast<std::byte>(datagrams[place].size() >> 8);
        string.insert(string.end(), datagrams[place].begin(), datagrams[place].end());
        string[2 + 22] = string[2 + 23] = std::byte{0};
        std::fill_n(string.begin() + 2 + 56, 8, std::byte{0});
        const std::uint8_t factor =
            reference_inverse(static_cast<std::uint8_t>((255 - index) ^ place));
        for (std::size_t i = 0; i < string.size(); ++i)
            piece[i] ^= std::byte{reference_multiply(factor, static_cast<std::uint8_t>(string[i]))};
    }
    return piece;
}

}  // namespace mcast::test
