#pragma once

#include <cstddef>
#include <cstdint>

#include "mcast/buffer.hpp"
#include "mcast/export.hpp"

namespace mcast {

// A fixed number of equal buffers in one piece of memory, for transports. allocate() is for one
// thread; Buffers may be dropped on any. The memory outlives the pool for as long as somebody still
// holds one of its Buffers.
class MCAST_API BufferPool {
public:
    // When the kernel gives the pages: all now, so that the first datagrams find them; or each when
    // it is first written, so that what is never used takes no memory.
    enum class Pages : std::uint8_t { Now, WhenUsed };

    // `count` buffers of `capacity` bytes each (rounded up to 64, so that they are aligned).
    BufferPool(std::size_t count, std::size_t capacity, Pages pages = Pages::Now);
    BufferPool(const BufferPool&) = delete;
    BufferPool& operator=(const BufferPool&) = delete;
    ~BufferPool();

    // A buffer of size 0 and `capacity` bytes whose contents are undefined; empty when none is
    // left. Constant time.
    [[nodiscard]] Buffer allocate();
    // How many allocate() could hand out now; for the same thread. One that another thread is just
    // dropping may count already.
    [[nodiscard]] std::size_t free_count() const;
    [[nodiscard]] std::size_t count() const;
    [[nodiscard]] std::size_t capacity() const;

private:
    struct State;  // lives until the pool and its last Buffer are gone
    State* state_;
};

}  // namespace mcast
