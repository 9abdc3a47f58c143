#pragma once

#include <cstddef>
#include <deque>

#include "mcast/buffer_pool.hpp"

namespace mcast::protocol {

// Memory for large messages from the network, bounded and taken at construction: so many of the
// largest size, and more of smaller ones, so that a burst of them has room until it is drained.
class MessagePool {
public:
    // Sizes below `size_max`, 8 KiB and each eight times the one before, have so many bytes each.
    static constexpr std::size_t kSmallestSize = 8u << 10;
    static constexpr std::size_t kSizeBudget = 8u << 20;

    // `count` messages of `size_max` bytes, and of smaller sizes at least as many.
    MessagePool(std::size_t count, std::size_t size_max);

    // Room for `size` bytes, not more than `size_max`; empty when there is none left.
    [[nodiscard]] Buffer allocate(std::size_t size);

private:
    std::deque<BufferPool> pools_;  // smallest buffers first
};

}  // namespace mcast::protocol
