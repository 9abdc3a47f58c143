#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "tools/mcast/bench/case.hpp"
#include "tools/mcast/bench/content.hpp"
#include "tools/mcast/bench/tally.hpp"

namespace mcast::bench {

// Writes messages into the datagrams of a raw path.
class RawWriter {
public:
    explicit RawWriter(const Case& what);

    // Messages that a datagram holds.
    [[nodiscard]] std::size_t in_datagram() const { return in_datagram_; }
    // Bytes of a datagram with so many messages.
    [[nodiscard]] std::size_t size_of(std::size_t messages) const {
        return header_size_ + messages * what_.size;
    }
    void write(std::byte* datagram, std::size_t index, std::uint64_t number,
               std::uint64_t time) const {
        std::byte* const to = datagram + size_of(index);
        if (what_.path == Path::RawCapnp)
            build(to, number, time);
        else
            content_.write(to, number, time);
    }

private:
    void build(std::byte* to, std::uint64_t number, std::uint64_t time) const;

    Case what_;
    Content content_;
    std::size_t in_datagram_;
    std::size_t header_size_;
};

// Datagrams of a raw path, laid out one behind the other and filled with messages one by one.
class RawSlots {
public:
    explicit RawSlots(const Case& what);

    [[nodiscard]] bool empty() const { return filled_ == 0; }
    [[nodiscard]] bool full() const { return filled_ == slot_count_ * writer_.in_datagram(); }
    // Into the next place; not while it is full.
    void add(std::uint64_t number, std::uint64_t time);
    void clear() { filled_ = 0; }

    [[nodiscard]] std::size_t count() const { return slot_count_; }
    // Datagrams that have messages; all but the last are datagram_size() long.
    [[nodiscard]] std::size_t used() const {
        return (filled_ + writer_.in_datagram() - 1) / writer_.in_datagram();
    }
    [[nodiscard]] std::size_t datagram_size() const { return datagram_size_; }
    [[nodiscard]] std::size_t size_of(std::size_t slot) const;
    [[nodiscard]] std::byte* slot(std::size_t index) {
        return memory_.data() + index * datagram_size_;
    }
    // Of all used ones together.
    [[nodiscard]] std::size_t run_size() const {
        return (used() - 1) * datagram_size_ + size_of(used() - 1);
    }

private:
    RawWriter writer_;
    std::size_t datagram_size_;
    std::size_t slot_count_;
    std::vector<std::byte> memory_;
    std::size_t filled_ = 0;  // messages
};

// The other end of it.
class RawReader {
public:
    explicit RawReader(const Case& what);

    // What arrived as one: datagrams of `segment` bytes, the last perhaps shorter.
    void read(Tally& tally, const std::byte* data, std::size_t size, std::size_t segment);
    [[nodiscard]] std::uint64_t datagrams() const { return datagrams_; }

private:
    void walk(Tally& tally, const std::byte* datagram, std::size_t size);

    Case what_;
    Content content_;
    std::size_t header_size_;
    std::uint64_t datagrams_ = 0;
};

}  // namespace mcast::bench
