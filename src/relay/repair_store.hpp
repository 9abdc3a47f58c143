#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/flat_map.hpp"
#include "base/random.hpp"
#include "mcast/buffer.hpp"
#include "node/stream.hpp"

namespace mcast::relay {

// The last datagrams of reliable streams that a relay carried, to repair them without asking their
// publisher: the receive buffers themselves, at most a fixed number; the oldest makes room.
class RepairStore {
public:
    explicit RepairStore(std::size_t capacity);

    void hold(const detail::StreamKey& stream, std::uint64_t sequence, const Buffer& buffer);
    // Empty if it is not held.
    [[nodiscard]] Buffer find(const detail::StreamKey& stream, std::uint64_t sequence) const;
    void clear();
    [[nodiscard]] std::size_t size() const { return index_.size(); }

private:
    struct Key {
        detail::StreamKey stream;
        std::uint64_t sequence = 0;

        friend bool operator==(const Key&, const Key&) = default;
    };
    struct KeyHash {
        std::uint64_t operator()(const Key& key) const {
            return split_mix(key.sequence ^ detail::StreamKeyHash{}(key.stream));
        }
    };
    struct Held {
        Key key;
        Buffer buffer;
    };
    std::vector<Held> ring_;
    FlatMap<Key, std::uint32_t, KeyHash> index_;
    std::size_t next_ = 0;
};

}  // namespace mcast::relay
