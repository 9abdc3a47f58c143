#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace mcast {

// A hash map of a fixed capacity with linear probing; all memory is taken at construction and
// erase() leaves no tombstones, so look-ups stay short whatever came and went. `Hash` must spread
// its values over all 64 bits. Pointers to values live until the next insert or erase.
template <typename Key, typename Value, typename Hash>
class FlatMap {
public:
    explicit FlatMap(std::size_t capacity)
        : capacity_(capacity), slots_(std::bit_ceil(capacity * 2 + 1)), mask_(slots_.size() - 1) {}

    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] bool full() const { return size_ == capacity_; }

    [[nodiscard]] Value* find(const Key& key) {
        for (std::size_t i = home(key); slots_[i].used; i = (i + 1) & mask_)
            if (slots_[i].key == key) return &slots_[i].value;
        return nullptr;
    }
    [[nodiscard]] const Value* find(const Key& key) const {
        return const_cast<FlatMap*>(this)->find(key);
    }
    // The value of the key, made from `value` if it is new; null if there is no room.
    Value* insert(const Key& key, Value value) {
        std::size_t i = home(key);
        for (; slots_[i].used; i = (i + 1) & mask_)
            if (slots_[i].key == key) return &slots_[i].value;
        if (full()) return nullptr;
        slots_[i] = {key, std::move(value), true};
        ++size_;
        return &slots_[i].value;
    }
    bool erase(const Key& key) {
        std::size_t hole = home(key);
        for (; slots_[hole].used; hole = (hole + 1) & mask_)
            if (slots_[hole].key == key) break;
        if (!slots_[hole].used) return false;
        // Close the gap: move back whatever would no longer be found across the hole.
        for (std::size_t i = (hole + 1) & mask_; slots_[i].used; i = (i + 1) & mask_) {
            const std::size_t distance = (i - home(slots_[i].key)) & mask_;
            if (distance >= ((i - hole) & mask_)) {
                slots_[hole] = std::move(slots_[i]);
                hole = i;
            }
        }
        slots_[hole] = Slot{};
        --size_;
        return true;
    }

private:
    struct Slot {
        Key key{};
        Value value{};
        bool used = false;
    };
    [[nodiscard]] std::size_t home(const Key& key) const {
        return static_cast<std::size_t>(Hash{}(key)) & mask_;
    }

    std::size_t capacity_;
    std::size_t size_ = 0;
    std::vector<Slot> slots_;
    std::size_t mask_;
};

}  // namespace mcast
