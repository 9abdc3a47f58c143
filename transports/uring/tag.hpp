#pragma once

#include <cstdint>

namespace mcast::uring {

// What the user_data of a request says when it completes.
struct Tag {
    enum class Kind : std::uint8_t { None, Receive, Send, Control };

    Kind kind = Kind::None;
    std::uint32_t place = 0;       // Receive: of the socket; Send: in the batch; 24 bits
    std::uint32_t generation = 0;  // Receive: which of the sockets that had the place in turn

    [[nodiscard]] std::uint64_t user_data() const {
        return static_cast<std::uint64_t>(kind) << 56 |
               static_cast<std::uint64_t>(place & kPlaceMask) << 32 | generation;
    }
    [[nodiscard]] static Tag of(std::uint64_t user_data) {
        return {static_cast<Kind>(user_data >> 56),
                static_cast<std::uint32_t>(user_data >> 32) & kPlaceMask,
                static_cast<std::uint32_t>(user_data)};
    }

private:
    static constexpr std::uint32_t kPlaceMask = 0xffffff;
};

}  // namespace mcast::uring
