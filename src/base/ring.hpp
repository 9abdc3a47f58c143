#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "mcast/assert.hpp"

namespace mcast {

// A first-in first-out queue of a fixed capacity; all memory is taken at construction. Positions
// count from the first element ever pushed and never repeat.
template <typename T>
class Ring {
public:
    explicit Ring(std::size_t capacity) : capacity_(capacity), slots_(std::bit_ceil(capacity)) {
        MCAST_ASSERT(capacity > 0, "a Ring holds something");
    }

    [[nodiscard]] bool empty() const { return head_ == tail_; }
    [[nodiscard]] bool full() const { return tail_ - head_ == capacity_; }
    [[nodiscard]] std::size_t size() const { return static_cast<std::size_t>(tail_ - head_); }
    [[nodiscard]] std::size_t capacity() const { return capacity_; }

    // Position of the oldest element, and the one that the next push() will have.
    [[nodiscard]] std::uint64_t head() const { return head_; }
    [[nodiscard]] std::uint64_t tail() const { return tail_; }

    [[nodiscard]] T& at(std::uint64_t position) {
        MCAST_ASSERT(position >= head_ && position < tail_, "a position that is in the Ring");
        return slots_[index(position)];
    }
    [[nodiscard]] T& front() { return at(head_); }
    [[nodiscard]] const T& front() const { return const_cast<Ring*>(this)->front(); }

    std::uint64_t push(T&& value) {
        MCAST_ASSERT(!full(), "a full Ring takes no more");
        slots_[index(tail_)] = std::move(value);
        return tail_++;
    }
    std::uint64_t push(const T& value) { return push(T(value)); }
    // A T that was moved from shall hold nothing.
    T pop() {
        MCAST_ASSERT(!empty(), "an empty Ring gives nothing");
        return std::move(slots_[index(head_++)]);
    }

private:
    [[nodiscard]] std::size_t index(std::uint64_t position) const {
        return static_cast<std::size_t>(position & (slots_.size() - 1));
    }

    std::size_t capacity_;
    std::vector<T> slots_;  // a power of two of them: a mask is cheaper than a division
    std::uint64_t head_ = 0;
    std::uint64_t tail_ = 0;
};

}  // namespace mcast
