#pragma once

#include <liburing.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "mcast/buffer_pool.hpp"
#include "transports/uring/ring.hpp"

namespace mcast::uring {

// The end of the receive pool that the kernel sees: buffers that it may fill in any order, each
// known by a number while it is there. The kernel takes one for each arrival.
class BlockRing {
public:
    // As many arrivals as one look can bring. Few enough that they stay in the processor's cache;
    // the pool behind it has the rest.
    static constexpr unsigned kBlocks = 64;
    static constexpr unsigned short kGroup = 0;

    explicit BlockRing(BufferPool& pool);
    BlockRing(const BlockRing&) = delete;
    BlockRing& operator=(const BlockRing&) = delete;

    // The errno, or 0. The ring must be closed before this is gone.
    [[nodiscard]] int connect(Ring& ring);
    // Gives the kernel what the pool has but `left`, as far as there is room for it here.
    void refill(std::size_t left);
    // One that the kernel has filled, while it is still here.
    [[nodiscard]] const Buffer& peek(unsigned number) const { return blocks_[number]; }
    // It leaves, and its number is free.
    [[nodiscard]] Buffer take(unsigned number);

    // How many are here, filled or not.
    [[nodiscard]] unsigned count() const { return kBlocks - free_count_; }

private:
    struct FreeMemory {
        void operator()(io_uring_buf_ring* memory) const { std::free(memory); }
    };

    BufferPool& pool_;
    std::unique_ptr<io_uring_buf_ring, FreeMemory> memory_;
    std::array<Buffer, kBlocks> blocks_;
    std::array<std::uint16_t, kBlocks> free_{};  // numbers
    unsigned free_count_ = 0;
};

}  // namespace mcast::uring
