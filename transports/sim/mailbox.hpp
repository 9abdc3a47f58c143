#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "mcast/interface.hpp"
#include "mcast/time.hpp"
#include "transports/sim/parcel.hpp"

namespace mcast::sim {

// A datagram that has arrived and waits for receive().
struct Letter {
    ParcelHandle parcel;
    InterfaceIndex interface;
    WallTime received_at{};
};

// A bounded queue, as a socket's receive buffer is. Takes memory as it is first needed, up to the
// bound, and keeps it.
class Mailbox {
public:
    explicit Mailbox(std::size_t letters_max) : letters_max_(letters_max) {}

    [[nodiscard]] bool empty() const { return count_ == 0; }
    [[nodiscard]] Letter& front() { return ring_[first_]; }

    // False if it is full.
    bool push(Letter letter) {
        if (count_ == letters_max_) return false;
        if (count_ == ring_.size()) grow();
        ring_[(first_ + count_++) & (ring_.size() - 1)] = std::move(letter);
        return true;
    }
    void pop() {
        ring_[first_] = Letter{};
        first_ = (first_ + 1) & (ring_.size() - 1);
        --count_;
    }
    // Forgets what arrived on an interface; the rest keeps its order.
    void forget(InterfaceIndex interface) {
        for (std::size_t left = count_; left > 0; --left) {
            Letter letter = std::move(front());
            pop();
            if (letter.interface != interface) push(std::move(letter));
        }
    }

private:
    void grow() {
        std::vector<Letter> larger(ring_.empty() ? 16 : ring_.size() * 2);
        for (std::size_t i = 0; i < count_; ++i) {
            larger[i] = std::move(ring_[(first_ + i) & (ring_.size() - 1)]);
        }
        ring_ = std::move(larger);
        first_ = 0;
    }

    std::size_t letters_max_;
    std::vector<Letter> ring_;  // its size is a power of two
    std::size_t first_ = 0;
    std::size_t count_ = 0;
};

}  // namespace mcast::sim
