#pragma once

#include <algorithm>
#include <cstdint>

namespace mcast {

// Lets `burst` things pass at once and one more every `interval` ticks on average. Time is any
// counter that does not go back.
class TokenBucket {
public:
    TokenBucket(std::uint32_t burst, std::int64_t interval) : burst_(burst), interval_(interval) {}

    // One thing wants to pass at `now`; false if it has to be refused.
    bool take(std::int64_t now) {
        if (now - ready_ < 0) return false;
        // ready_ lags behind now by at most the burst: what is saved up beyond it is lost.
        ready_ = std::max(ready_, now - interval_ * (static_cast<std::int64_t>(burst_) - 1));
        ready_ += interval_;
        return true;
    }
    // From now on one thing every `interval` ticks, and at most `burst` at once.
    void configure(std::uint32_t burst, std::int64_t interval) {
        burst_ = burst;
        interval_ = interval;
    }
    // The earliest time at which take() says yes.
    [[nodiscard]] std::int64_t ready_at() const { return ready_; }

private:
    std::uint32_t burst_;
    std::int64_t interval_;
    std::int64_t ready_ = INT64_MIN / 2;
};

}  // namespace mcast
