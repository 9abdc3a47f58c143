#pragma once

#include <sched.h>

#include <atomic>

namespace mcast::dpdk {

// Whose turn it is with something that nodes of several threads share. On the way of datagrams it
// is only tried: who does not get it treats the device as busy and goes on. It is waited for when
// ports and nodes come and go.
class Turn {
public:
    [[nodiscard]] bool try_take() {
        // Acquire: what the last one did to the shared state is seen.
        return !taken_.load(std::memory_order_relaxed) &&
               !taken_.exchange(true, std::memory_order_acquire);
    }
    void take() {
        while (!try_take())
            ::sched_yield();
    }
    void give() { taken_.store(false, std::memory_order_release); }

    // Has the turn until the end of a scope, if it got it.
    class Hold {
    public:
        explicit Hold(Turn& turn) : turn_(turn) { turn_.take(); }
        Hold(Turn& turn, bool taken) : turn_(turn), taken_(taken) {}
        Hold(const Hold&) = delete;
        Hold& operator=(const Hold&) = delete;
        ~Hold() {
            if (taken_) turn_.give();
        }
        explicit operator bool() const { return taken_; }

    private:
        Turn& turn_;
        bool taken_ = true;
    };
    [[nodiscard]] Hold attempt() { return {*this, try_take()}; }

private:
    std::atomic<bool> taken_{false};
};

}  // namespace mcast::dpdk
