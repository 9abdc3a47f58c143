#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "mcast/assert.hpp"

namespace mcast {

// What a Buffer counts on: one for each slot or block of memory that a transport lends out. When
// the last reference goes, `recycle` is called on the thread that dropped it.
struct BufferBlock {
    using Recycle = void (*)(BufferBlock&) noexcept;

    explicit BufferBlock(Recycle recycle_function) : recycle(recycle_function) {}
    BufferBlock(const BufferBlock&) = delete;
    BufferBlock& operator=(const BufferBlock&) = delete;

    std::atomic<std::uint32_t> references{0};
    Recycle recycle;
};

// A counted handle onto a slice of a transport's memory: one datagram, 8-byte aligned. Copying
// shares it, dropping the last handle gives the memory back; both are allowed on any thread and
// even after the node is gone. The bytes themselves are not synchronised.
class Buffer {
public:
    Buffer() = default;
    // Takes over one reference that was already counted in `block`.
    Buffer(BufferBlock& block, std::byte* data, std::uint32_t size, std::uint32_t capacity)
        : block_(&block), data_(data), size_(size), capacity_(capacity) {}

    Buffer(const Buffer& other) noexcept
        : block_(other.block_), data_(other.data_), size_(other.size_), capacity_(other.capacity_) {
        // Relaxed: whoever copies holds a reference already, so the block cannot go away.
        if (block_ != nullptr) block_->references.fetch_add(1, std::memory_order_relaxed);
    }
    Buffer(Buffer&& other) noexcept
        : block_(std::exchange(other.block_, nullptr)),
          data_(std::exchange(other.data_, nullptr)),
          size_(std::exchange(other.size_, 0)),
          capacity_(std::exchange(other.capacity_, 0)) {}
    Buffer& operator=(const Buffer& other) noexcept { return *this = Buffer(other); }
    Buffer& operator=(Buffer&& other) noexcept {
        if (this == &other) return *this;
        reset();
        block_ = std::exchange(other.block_, nullptr);
        data_ = std::exchange(other.data_, nullptr);
        size_ = std::exchange(other.size_, 0);
        capacity_ = std::exchange(other.capacity_, 0);
        return *this;
    }
    ~Buffer() { reset(); }

    void reset() noexcept {
        if (block_ == nullptr) return;
        BufferBlock& block = *std::exchange(block_, nullptr);
        data_ = nullptr;
        size_ = capacity_ = 0;
        // Acquire and release: all uses of the bytes come before they are handed out again.
        if (block.references.fetch_sub(1, std::memory_order_acq_rel) == 1) block.recycle(block);
    }

    explicit operator bool() const { return block_ != nullptr; }
    [[nodiscard]] std::byte* data() const { return data_; }
    [[nodiscard]] std::uint32_t size() const { return size_; }          // bytes in use
    [[nodiscard]] std::uint32_t capacity() const { return capacity_; }  // bytes there are
    [[nodiscard]] std::span<std::byte> bytes() const { return {data_, size_}; }
    // Whose memory this is: for transports, which know their own again.
    [[nodiscard]] BufferBlock* block() const { return block_; }

    void resize(std::uint32_t size) {
        MCAST_ASSERT(size <= capacity_, "a Buffer does not grow beyond its capacity");
        size_ = size;
    }
    // Another handle onto `size` bytes from `offset`, sharing the memory.
    [[nodiscard]] Buffer slice(std::uint32_t offset, std::uint32_t size) const {
        MCAST_ASSERT(offset <= size_ && size <= size_ - offset, "a slice lies within its Buffer");
        Buffer part(*this);
        part.data_ += offset;
        part.size_ = part.capacity_ = size;
        return part;
    }

private:
    BufferBlock* block_ = nullptr;
    std::byte* data_ = nullptr;
    std::uint32_t size_ = 0;
    std::uint32_t capacity_ = 0;
};

}  // namespace mcast
