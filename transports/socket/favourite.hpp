#pragma once

#include <chrono>

#include "mcast/time.hpp"

namespace mcast::socket {

struct Receiver;

// The socket that whoever receives without a pause asks by itself: to look which of all have
// something takes longer than to receive. All are looked at after each arrival, after a pause, and
// kLookInterval after the last look at the latest; so long may something wait in another socket.
class Favourite {
public:
    static constexpr Duration kLookInterval = std::chrono::microseconds(20);
    // Whoever comes back that soon, so often in a row, does not pause.
    static constexpr Duration kPauseMin = std::chrono::microseconds(20);
    static constexpr unsigned kReturnsMin = 8;
    // It had something that often, and no other socket in between: two in turn are none.
    static constexpr unsigned kArrivalsMin = 8;

    // What to ask instead of looking at all; null: look.
    [[nodiscard]] Receiver* alone() const { return alone_ ? receiver_ : nullptr; }

    // It had something, whether it was asked alone or found by a look.
    void on_arrival(Receiver& receiver) {
        arrivals_ = receiver_ == &receiver ? arrivals_ + 1 : 1;
        receiver_ = &receiver;
        alone_ = false;
    }
    // Nothing came of a look, or of asking the favourite.
    void on_nothing(Instant now, bool looked) {
        returns_ = now - asked_at_ < kPauseMin ? returns_ + 1 : 0;
        asked_at_ = now;
        if (looked) looked_at_ = now;
        alone_ = returns_ >= kReturnsMin && arrivals_ >= kArrivalsMin &&
                 now - looked_at_ < kLookInterval;
    }
    // Somebody sleeps.
    void on_pause() {
        returns_ = 0;
        alone_ = false;
    }
    void forget(const Receiver& receiver) {
        if (receiver_ == &receiver) *this = {};
    }

private:
    Receiver* receiver_ = nullptr;
    bool alone_ = false;
    unsigned returns_ = 0;
    unsigned arrivals_ = 0;
    Instant asked_at_{};
    Instant looked_at_{};
};

}  // namespace mcast::socket
