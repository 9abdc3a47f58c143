#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "base/random.hpp"

namespace worlds {

// What identifies a message, and so decides all of its bytes.
struct MessageKey {
    std::uint64_t sender = 0;
    std::uint64_t number = 0;
    std::uint64_t topic = 0;
    std::uint64_t type = 0;
    std::uint64_t domain = 0;
    std::uint64_t padding_size = 0;

    [[nodiscard]] constexpr std::uint64_t digest() const {
        std::uint64_t state = 0;
        for (const std::uint64_t part : {sender, number, topic, type, domain, padding_size}) {
            state = mcast::split_mix(state ^ part);
        }
        return state;
    }
};

// The padding that belongs to a digest.
inline void fill_padding(std::span<unsigned char> padding, std::uint64_t digest) {
    for (std::size_t offset = 0; offset < padding.size(); offset += sizeof digest) {
        digest += mcast::kSplitMixStep;
        const std::uint64_t word = mcast::split_mix(digest);
        std::memcpy(padding.data() + offset, &word, std::min(sizeof word, padding.size() - offset));
    }
}

[[nodiscard]] inline bool padding_is_intact(std::span<const unsigned char> padding,
                                            std::uint64_t digest) {
    for (std::size_t offset = 0; offset < padding.size(); offset += sizeof digest) {
        digest += mcast::kSplitMixStep;
        const std::uint64_t word = mcast::split_mix(digest);
        if (std::memcmp(padding.data() + offset, &word,
                        std::min(sizeof word, padding.size() - offset)) != 0) {
            return false;
        }
    }
    return true;
}

}  // namespace worlds
