#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace mcast {

// 128 bits that stand for more bytes than anybody wants to keep.
struct Fingerprint {
    std::uint64_t low = 0;
    std::uint64_t high = 0;

    friend constexpr bool operator==(const Fingerprint&, const Fingerprint&) = default;
};

// SipHash-2-4 with a result of 128 bits (Aumasson and Bernstein 2012): whoever does not know the
// key cannot make two texts of one hash, nor fill one bucket of a table.
class SipHash {
public:
    struct Key {
        std::uint64_t first = 0;
        std::uint64_t second = 0;
    };

    explicit SipHash(Key key);
    SipHash& add(std::span<const std::byte> bytes);
    // Numbers count as their eight bytes, the lowest first.
    SipHash& add(std::uint64_t number);
    // Of all that was added; nothing may be added afterwards.
    [[nodiscard]] Fingerprint finish();

private:
    void take(std::uint64_t word);
    void round();

    std::array<std::uint64_t, 4> state_;
    std::uint64_t pending_ = 0;  // bytes that do not fill a word yet
    std::uint64_t size_ = 0;
};

}  // namespace mcast
