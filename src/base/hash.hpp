#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/random.hpp"

namespace mcast {

// FNV-1a of 64 bits, byte by byte, and split_mix() over the result: FNV alone leaves the upper bits
// of short texts nearly equal. The same everywhere and for ever, since the wire depends on it; not
// for secrets, and whoever chooses the text chooses the hash.
class Hash {
public:
    constexpr Hash& add(std::string_view text) {
        for (const char character : text)
            add(static_cast<std::byte>(character));
        return *this;
    }
    constexpr Hash& add(std::byte byte) {
        state_ = (state_ ^ static_cast<std::uint64_t>(byte)) * kPrime;
        return *this;
    }
    [[nodiscard]] constexpr std::uint64_t value() const { return split_mix(state_); }

private:
    // Offset basis and prime of draft-eastlake-fnv.
    static constexpr std::uint64_t kPrime = 0x100000001b3;
    std::uint64_t state_ = 0xcbf29ce484222325;
};

[[nodiscard]] constexpr std::uint64_t hash(std::string_view text) {
    return Hash().add(text).value();
}

}  // namespace mcast
