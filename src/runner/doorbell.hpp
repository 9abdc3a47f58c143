#pragma once

#include <atomic>
#include <cstdint>
#include <thread>

namespace mcast::detail {

// Wakes one sleeper at most once for each of its sleeps, however many ring; who rings while it is
// awake makes no system call. What was put into a queue before ring() is seen by the sleeper after
// lie_down() or get_up().
class Doorbell {
public:
    // Any thread. `wake` is called if the sleeper sleeps, or is about to.
    template <typename Wake>
    void ring(Wake&& wake) {
        // Always a read-modify-write, even when there is nothing to change: of two on one atomic
        // the later sees the earlier, so either we find the sleeper lying down or it finds us.
        if (state_.fetch_or(kRung, std::memory_order_acq_rel) != kAsleep) return;
        wake();
        state_.fetch_or(kAnswered, std::memory_order_release);
    }

    // The sleeper's: call get_up() after it in any case. False: somebody rang, look again.
    [[nodiscard]] bool lie_down() {
        return (state_.exchange(kAsleep, std::memory_order_acq_rel) & kRung) == 0;
    }
    // Waits until nobody is inside `wake` any more, so that what it touches may go.
    void get_up() { leave(0); }
    // get_up() for good: nobody is woken any more.
    void retire() { leave(kRung); }

private:
    static constexpr std::uint32_t kAsleep = 1;
    static constexpr std::uint32_t kRung = 2;
    static constexpr std::uint32_t kAnswered = 4;  // by whoever woke the sleeper

    void leave(std::uint32_t next) {
        std::uint32_t seen = state_.load(std::memory_order_acquire);
        for (;;) {
            if ((seen & kAsleep) != 0 && (seen & kRung) != 0 && (seen & kAnswered) == 0) {
                std::this_thread::yield();  // it is about to return from a system call
                seen = state_.load(std::memory_order_acquire);
            } else if (state_.compare_exchange_weak(seen, next, std::memory_order_acq_rel,
                                                    std::memory_order_acquire)) {
                return;
            }
        }
    }

    alignas(64) std::atomic<std::uint32_t> state_{0};
};

}  // namespace mcast::detail
