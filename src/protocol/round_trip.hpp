#pragma once

#include <algorithm>

#include "mcast/time.hpp"
#include "protocol/limits.hpp"

namespace mcast::protocol {

// The smoothed round trip to a peer, and how long an answer may take (RFC 6298, 2).
class RoundTrip {
public:
    void on_sample(Duration sample) {
        if (sample <= Duration::zero()) return;
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

}  // namespace mcast::protocol
