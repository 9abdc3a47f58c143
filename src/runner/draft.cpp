#include "runner/draft.hpp"

#include <algorithm>
#include <cstring>

#include "wire/frame.hpp"
#include "wire/header.hpp"

namespace mcast::detail {

void Draft::begin(OutgoingTopic& topic, std::uint32_t room_end) {
    topic_ = &topic;
    room_end_ = std::min(room_end, datagram_.capacity());
    largest_ = 0;
    messages_ = 0;
    queued_ = false;
    // Cap'n Proto builds in zeroed memory. Here rather than on the I/O thread: the bytes are about
    // to be written by this core.
    std::memset(datagram_.data(), 0, datagram_.capacity());
    datagram_.resize(wire::kHeaderSize);
    // Relaxed, as life(): the queue that it comes from and goes to orders everything else.
    state_.store(word(life() + 1, Lent), std::memory_order_relaxed);
}

void Draft::add(std::uint32_t size) {
    datagram_.resize(datagram_.size() + size);
    ++messages_;
    largest_ = std::max(largest_, size);
}

void Draft::add_apart(RoomBuilder& builder) {
    apart_.resize(wire::framed_size(builder));
    wire::write_frame(builder, apart_);
}

void Draft::wipe() {
    std::memset(data() + size(), 0, datagram_.capacity() - size());
}

bool Draft::settle(bool sealed) {
    std::uint64_t expected = word(life(), Lent);
    // Release: whoever takes it sees the messages.
    if (state_.compare_exchange_strong(expected, word(life(), sealed ? Sealed : Open),
                                       std::memory_order_release, std::memory_order_relaxed))
        return true;
    state_.store(word(life(), Sealed), std::memory_order_release);
    return false;
}

bool Draft::lend(std::uint64_t life) {
    std::uint64_t expected = word(life, Open);
    // Relaxed: only this thread has written to it since it settled.
    return state_.compare_exchange_strong(expected, word(life, Lent), std::memory_order_relaxed);
}

bool Draft::take() {
    std::uint64_t seen = state_.load(std::memory_order_acquire);
    for (;;) {
        const std::uint64_t life = seen >> kPhaseBits;
        const bool lent = seen == word(life, Lent);
        // Acquire: pairs with settle().
        if (state_.compare_exchange_weak(seen, word(life, lent ? Wanted : Taken),
                                         std::memory_order_acquire, std::memory_order_acquire))
            return !lent;
    }
}

}  // namespace mcast::detail
