#include "transports/uring/block_ring.hpp"

#include <cstring>
#include <utility>

#include "mcast/assert.hpp"

namespace mcast::uring {

namespace {

constexpr std::size_t kPage = 4096;  // the kernel wants it to begin one; any larger page does, too
constexpr std::size_t kPageLargest = 65536;

}  // namespace

BlockRing::BlockRing(BufferPool& pool)
    : pool_(pool),
      memory_(static_cast<io_uring_buf_ring*>(std::aligned_alloc(kPageLargest, kPageLargest))) {
    static_assert(kBlocks * sizeof(io_uring_buf) <= kPage);
    MCAST_ASSERT(memory_ != nullptr, "the system has no memory left for a ring of buffers");
    std::memset(static_cast<void*>(memory_.get()), 0, kPage);
    for (unsigned i = 0; i < kBlocks; ++i)
        free_[free_count_++] = static_cast<std::uint16_t>(kBlocks - 1 - i);
}

int BlockRing::connect(Ring& ring) {
    return ring.register_buffers(memory_.get(), kBlocks, kGroup);
}

void BlockRing::refill(std::size_t left) {
    int added = 0;
    while (free_count_ > 0 && pool_.free_count() > left) {
        Buffer buffer = pool_.allocate();
        if (!buffer) break;
        const std::uint16_t number = free_[--free_count_];
        io_uring_buf_ring_add(memory_.get(), buffer.data(), buffer.capacity(), number,
                              io_uring_buf_ring_mask(kBlocks), added++);
        blocks_[number] = std::move(buffer);
    }
    if (added > 0) io_uring_buf_ring_advance(memory_.get(), added);
}

Buffer BlockRing::take(unsigned number) {
    free_[free_count_++] = static_cast<std::uint16_t>(number);
    return std::move(blocks_[number]);
}

}  // namespace mcast::uring
