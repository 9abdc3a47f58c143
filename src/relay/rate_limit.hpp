#pragma once

#include <algorithm>
#include <cstdint>

#include "base/token_bucket.hpp"
#include "mcast/time.hpp"

namespace mcast::relay {

// So many a second pass, and so many at once after a pause.
class RateLimit {
public:
    // Above it an interval of whole nanoseconds is no longer within a percent of what was asked.
    static constexpr std::uint32_t kRateMax = 10'000'000;

    // `rate` from 1 to kRateMax; a burst of 0 is a tenth of the rate, but at least one.
    RateLimit(std::uint32_t rate, std::uint32_t burst)
        : bucket_(burst != 0 ? burst : std::max(rate / 10, 1u), kSecond / rate) {}

    // True: one passes.
    bool take(Instant now) { return bucket_.take(now.time_since_epoch().count()); }

private:
    static constexpr std::int64_t kSecond = 1'000'000'000;
    TokenBucket bucket_;
};

}  // namespace mcast::relay
