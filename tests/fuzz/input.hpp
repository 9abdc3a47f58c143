#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

namespace mcast::fuzz {

// The bytes of an input, one after another; zeros when they are used up.
class Input {
public:
    explicit Input(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}
    [[nodiscard]] bool empty() const { return bytes_.empty(); }
    std::uint8_t byte() {
        if (bytes_.empty()) return 0;
        const std::uint8_t value = bytes_.front();
        bytes_ = bytes_.subspan(1);
        return value;
    }
    // Of two bytes.
    std::uint32_t number() {
        const std::uint32_t high = byte();
        return high << 8 | byte();
    }
    // As many as there are, at most.
    std::span<const std::byte> take(std::size_t size) {
        const auto taken = std::as_bytes(bytes_.first(std::min(size, bytes_.size())));
        bytes_ = bytes_.subspan(taken.size());
        return taken;
    }

private:
    std::span<const std::uint8_t> bytes_;
};

}  // namespace mcast::fuzz
