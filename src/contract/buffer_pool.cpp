#include "mcast/buffer_pool.hpp"

#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <vector>

namespace mcast {

namespace {

constexpr std::size_t kAlignment = 64;  // a cache line; 8 would do for Cap'n Proto

struct FreeMemory {
    void operator()(std::byte* memory) const { std::free(memory); }
};

}  // namespace

// Free slots are in two lists: one that only the owner's thread touches, and one that any thread
// pushes to when it drops the last handle. The owner takes the second one whole, by an exchange,
// so a slot is never popped singly and the ABA problem cannot arise.
struct BufferPool::State {
    struct Slot : BufferBlock {
        Slot() : BufferBlock(&State::recycle) {}
        State* state = nullptr;
        Slot* next = nullptr;
    };

    State(std::size_t slot_count, std::size_t slot_capacity)
        : capacity((slot_capacity + kAlignment - 1) / kAlignment * kAlignment),
          memory(static_cast<std::byte*>(std::aligned_alloc(kAlignment, slot_count * capacity))),
          slots(std::make_unique<Slot[]>(slot_count)),
          count(slot_count) {
        MCAST_ASSERT(memory != nullptr || slot_count == 0, "out of memory for buffers");
        // A first touch of a page costs 2 microseconds: now rather than with the first datagrams.
        if (slot_count > 0) std::memset(memory.get(), 0, slot_count * capacity);
        for (std::size_t i = slot_count; i > 0; --i) {
            slots[i - 1].state = this;
            slots[i - 1].next = local;
            local = &slots[i - 1];
        }
    }

    static void recycle(BufferBlock& block) noexcept {
        Slot& slot = static_cast<Slot&>(block);
        State& state = *slot.state;
        Slot* head = state.returned.load(std::memory_order_relaxed);
        // Release: the owner, who acquires the list, sees `next` and our last use of the bytes.
        do {
            slot.next = head;
        } while (!state.returned.compare_exchange_weak(head, &slot, std::memory_order_release,
                                                       std::memory_order_relaxed));
        state.release();
    }

    // One user less: the pool itself, or a slot that is out.
    void release() {
        // Acquire and release: whoever is last sees all that the others did.
        if (users.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
    }

    std::size_t capacity;
    std::unique_ptr<std::byte, FreeMemory> memory;
    std::unique_ptr<Slot[]> slots;
    std::size_t count;
    Slot* local = nullptr;
    std::atomic<Slot*> returned{nullptr};
    std::atomic<std::size_t> users{1};
};

BufferPool::BufferPool(std::size_t count, std::size_t capacity)
    : state_(new State(count, capacity)) {}

BufferPool::~BufferPool() {
    state_->release();
}

Buffer BufferPool::allocate() {
    State& state = *state_;
    if (state.local == nullptr)
        state.local = state.returned.exchange(nullptr, std::memory_order_acquire);
    State::Slot* slot = state.local;
    if (slot == nullptr) return {};
    state.local = slot->next;
    slot->references.store(1, std::memory_order_relaxed);
    state.users.fetch_add(1, std::memory_order_relaxed);
    const auto index = static_cast<std::size_t>(slot - state.slots.get());
    return {*slot, state.memory.get() + index * state.capacity, 0,
            static_cast<std::uint32_t>(state.capacity)};
}

std::size_t BufferPool::free_count() const {
    return state_->count - (state_->users.load(std::memory_order_relaxed) - 1);
}

std::size_t BufferPool::count() const {
    return state_->count;
}
std::size_t BufferPool::capacity() const {
    return state_->capacity;
}

}  // namespace mcast
