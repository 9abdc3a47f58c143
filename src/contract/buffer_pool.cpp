#include "mcast/buffer_pool.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>

namespace mcast {
namespace {

// A cache line, so that two buffers on two cores never share one; 8 would do for Cap'n Proto.
constexpr std::size_t kAlignment = 64;

// At least one, so that every buffer has an address of its own.
constexpr std::size_t align(std::size_t capacity) {
    return (std::max<std::size_t>(capacity, 1) + kAlignment - 1) / kAlignment * kAlignment;
}

struct FreeMemory {
    void operator()(std::byte* memory) const { std::free(memory); }
};
using Memory = std::unique_ptr<std::byte, FreeMemory>;

Memory take_memory(std::size_t count, std::size_t capacity, BufferPool::Pages pages) {
    MCAST_ASSERT(capacity <= UINT32_MAX - kAlignment, "a buffer is smaller than 4 GiB");
    MCAST_ASSERT(count <= SIZE_MAX / align(capacity), "a BufferPool fits into the address space");
    if (count == 0) return nullptr;
    const std::size_t size = count * align(capacity);
    Memory memory(static_cast<std::byte*>(std::aligned_alloc(kAlignment, size)));
    MCAST_ASSERT(memory != nullptr, "the system has no memory left for the buffers");
    // A first touch of a page costs 2 microseconds.
    if (pages == BufferPool::Pages::Now) std::memset(memory.get(), 0, size);
    return memory;
}

}  // namespace

// Free slots that were in use are in two lists: one that only the owner's thread touches, and one
// that any thread pushes to when it drops the last handle. The owner takes the second one whole, by
// an exchange; no slot is ever popped singly from it, so a head that was compared is never one that
// left and came back with another successor (no ABA). Slots that have never been in use are a third
// list and come last: what goes round stays few, in the processor's cache and in pages that exist.
//
// The pool's end closes the second list. Until then nobody counts users, so a buffer's round costs
// no more than its push; from then on each late slot counts itself off, and the last one deletes.
struct BufferPool::State {
    struct Slot : BufferBlock {
        Slot() : BufferBlock(&State::recycle) {}
        State* state = nullptr;
        Slot* next = nullptr;
    };

    State(std::size_t slot_count, std::size_t slot_capacity, Pages pages)
        : capacity(align(slot_capacity)),
          memory(take_memory(slot_count, slot_capacity, pages)),
          slots(std::make_unique<Slot[]>(slot_count)),
          count(slot_count) {
        for (std::size_t i = slot_count; i > 0; --i) {
            slots[i - 1].state = this;
            slots[i - 1].next = unused;
            unused = &slots[i - 1];
        }
    }

    static void recycle(BufferBlock& block) noexcept {
        Slot& slot = static_cast<Slot&>(block);
        slot.state->give_back(slot);
    }

    void give_back(Slot& slot) {
        // Relaxed: a count for free_count(), which orders nothing. It comes before the push since
        // afterwards the owner may be gone, and this State with it.
        given_back.fetch_add(1, std::memory_order_relaxed);
        Slot* head = returned.load(std::memory_order_relaxed);
        while (head != &closed) {
            slot.next = head;
            // Release: who acquires the list sees `next` and our last use of the bytes. A push on
            // top of another is a read-modify-write, so it carries that one's release along.
            if (returned.compare_exchange_weak(head, &slot, std::memory_order_release,
                                               std::memory_order_relaxed))
                return;
        }
        count_off(-1);
    }

    // By the pool's destructor: what is free now never comes back, the rest counts itself off.
    void close() {
        // Acquire: as in allocate(). The list stays closed for ever.
        const Slot* free_slot = returned.exchange(&closed, std::memory_order_acquire);
        std::size_t free_slots = 0;
        for (; free_slot != nullptr; free_slot = free_slot->next)
            ++free_slots;
        for (const Slot* list : {local, unused})
            for (free_slot = list; free_slot != nullptr; free_slot = free_slot->next)
                ++free_slots;
        count_off(static_cast<std::ptrdiff_t>(count - free_slots));
    }

    // Late slots may come first and make the sum negative; it is 0 only once all have been counted.
    void count_off(std::ptrdiff_t change) {
        // Acquire and release: whoever deletes does so after all uses by the others.
        if (late.fetch_add(change, std::memory_order_acq_rel) + change == 0) delete this;
    }

    const std::size_t capacity;
    const Memory memory;
    const std::unique_ptr<Slot[]> slots;
    const std::size_t count;
    Slot closed;  // its address marks the closed list
    // Of the owner's thread.
    Slot* local = nullptr;
    Slot* unused = nullptr;
    std::size_t handed_out = 0;  // ever
    // Of all threads: a line of their own, so that a drop elsewhere does not slow allocate().
    alignas(kAlignment) std::atomic<Slot*> returned{nullptr};
    std::atomic<std::size_t> given_back{0};  // ever
    std::atomic<std::ptrdiff_t> late{0};     // still out after the pool's end
};

BufferPool::BufferPool(std::size_t count, std::size_t capacity, Pages pages)
    : state_(new State(count, capacity, pages)) {}

BufferPool::~BufferPool() {
    state_->close();
}

Buffer BufferPool::allocate() {
    State& state = *state_;
    // Acquire: pairs with the release of each push. The load keeps an exhausted pool from writing
    // to a cache line that others are pushing to.
    if (state.local == nullptr && state.returned.load(std::memory_order_relaxed) != nullptr)
        state.local = state.returned.exchange(nullptr, std::memory_order_acquire);
    State::Slot*& list = state.local != nullptr ? state.local : state.unused;
    State::Slot* const slot = list;
    if (slot == nullptr) return {};
    list = slot->next;
    ++state.handed_out;
    // Relaxed: nobody else knows of the slot; whoever hands the Buffer to a thread synchronises.
    slot->references.store(1, std::memory_order_relaxed);
    const auto index = static_cast<std::size_t>(slot - state.slots.get());
    return {*slot, state.memory.get() + index * state.capacity, 0,
            static_cast<std::uint32_t>(state.capacity)};
}

std::size_t BufferPool::free_count() const {
    const std::size_t given_back = state_->given_back.load(std::memory_order_relaxed);
    return state_->count - (state_->handed_out - given_back);
}

std::size_t BufferPool::count() const {
    return state_->count;
}

std::size_t BufferPool::capacity() const {
    return state_->capacity;
}

}  // namespace mcast
