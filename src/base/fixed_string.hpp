#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mcast {

// Text of at most `Capacity` bytes (255 or fewer), stored in place; what is longer is cut.
template <std::size_t Capacity>
class FixedString {
    static_assert(Capacity <= 255);

public:
    FixedString() = default;
    FixedString(std::string_view text) { assign(text); }

    void assign(std::string_view text) {
        size_ = static_cast<std::uint8_t>(std::min(text.size(), Capacity));
        // Not memcpy(): the pointer of an empty view may be null.
        text.copy(bytes_.data(), size_);
    }
    void clear() { size_ = 0; }

    [[nodiscard]] std::string_view view() const { return {bytes_.data(), size_}; }
    [[nodiscard]] bool empty() const { return size_ == 0; }
    friend bool operator==(const FixedString& a, std::string_view b) { return a.view() == b; }

private:
    std::array<char, Capacity> bytes_{};
    std::uint8_t size_ = 0;
};

}  // namespace mcast
