#pragma once

#include <algorithm>

#include "mcast/time.hpp"
#include "protocol/limits.hpp"

namespace mcast::protocol {

// The smoothed round trip to a peer, and how long an answer may take (RFC 6298, 2).
class RoundTrip {
public:
    void on_sample(Duration sample) {
        if (sample <= Duration::zero() || sample > kRoundTripMax) return;
        if (smoothed_ == Duration::zero()) {
            smoothed_ = sample;
            variation_ = sample / 2;
            return;
        }
        const Duration off = sample > smoothed_ ? sample - smoothed_ : smoothed_ - sample;
        variation_ += (off - variation_) / 4;
        smoothed_ += (sample - smoothed_) / 8;
    }

    // 0: not measured yet.
    [[nodiscard]] Duration smoothed() const { return smoothed_; }
    // After this time without an answer it is asked again.
    [[nodiscard]] Duration timeout() const {
        if (smoothed_ == Duration::zero()) return kRetryInitial;
        return std::clamp(smoothed_ + 4 * variation_, kRetryMin, kRetryMax);
    }

private:
    Duration smoothed_{};
    Duration variation_{};
};

// The round trip told by a peer that returns the time `echo` we sent, having kept it for `kept`
// (not negative). Both are the peer's words: 0 for what cannot have been.
[[nodiscard]] inline Duration echoed_round_trip(WallTime now, WallTime echo, Duration kept) {
    if (echo <= WallTime{} || echo > now) return Duration::zero();
    return std::max(now - echo - kept, Duration::zero());
}

}  // namespace mcast::protocol
