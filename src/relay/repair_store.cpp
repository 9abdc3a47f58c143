#include "relay/repair_store.hpp"

namespace mcast::relay {

RepairStore::RepairStore(std::size_t capacity) : ring_(capacity), index_(capacity) {}

void RepairStore::hold(const detail::StreamKey& stream, std::uint64_t sequence,
                       const Buffer& buffer) {
    const Key key{stream, sequence};
    if (ring_.empty() || index_.find(key) != nullptr) return;
    Held& held = ring_[next_];
    if (held.buffer) index_.erase(held.key);
    held.key = key;
    held.buffer = buffer;
    index_.insert(key, static_cast<std::uint32_t>(next_));
    next_ = (next_ + 1) % ring_.size();
}

Buffer RepairStore::find(const detail::StreamKey& stream, std::uint64_t sequence) const {
    const std::uint32_t* found = index_.find({stream, sequence});
    return found == nullptr ? Buffer() : ring_[*found].buffer;
}

void RepairStore::clear() {
    for (Held& held : ring_) {
        if (!held.buffer) continue;
        index_.erase(held.key);
        held.buffer.reset();
    }
}

}  // namespace mcast::relay
