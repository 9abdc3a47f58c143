#include "protocol/message_pool.hpp"

#include <algorithm>

namespace mcast::protocol {

MessagePool::MessagePool(std::size_t count, std::size_t size_max) {
    for (std::size_t size = kSmallestSize; size < size_max; size *= 8)
        pools_.emplace_back(std::max(count, kSizeBudget / size), size, BufferPool::Pages::WhenUsed);
    pools_.emplace_back(count, size_max, BufferPool::Pages::WhenUsed);
}

Buffer MessagePool::allocate(std::size_t size) {
    // What small messages have used up they may take from the large ones.
    for (BufferPool& pool : pools_) {
        if (pool.capacity() < size) continue;
        if (Buffer buffer = pool.allocate()) return buffer;
    }
    return {};
}

}  // namespace mcast::protocol
