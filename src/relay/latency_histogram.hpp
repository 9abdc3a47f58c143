#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "mcast/time.hpp"

namespace mcast::relay {

// Counts durations in fixed memory: four buckets for each power of two from 1.024 µs to 17 s, one
// for what is shorter and one for what is longer. Adding is a handful of instructions.
class LatencyHistogram {
public:
    static constexpr unsigned kFirstPower = 10;  // of two, in nanoseconds
    static constexpr unsigned kLastPower = 34;
    static constexpr unsigned kStepPower = 2;  // 2^2 steps a power of two
    static constexpr std::size_t kBucketCount =
        ((kLastPower - kFirstPower) << kStepPower) + std::size_t{2};

    // Negative ones (clocks that disagree) count as 0.
    void add(Duration duration, std::uint64_t count = 1) {
        const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(duration.count(), 0));
        counts_[index_of(value)] += count;
        count_ += count;
        sum_ += value * count;
    }
    void merge(const LatencyHistogram& other) {
        for (std::size_t i = 0; i < kBucketCount; ++i)
            counts_[i] += other.counts_[i];
        count_ += other.count_;
        sum_ += other.sum_;
    }

    [[nodiscard]] std::uint64_t count() const { return count_; }
    [[nodiscard]] Duration sum() const { return Duration(static_cast<std::int64_t>(sum_)); }
    [[nodiscard]] std::uint64_t operator[](std::size_t bucket) const { return counts_[bucket]; }
    // What is counted in the bucket is below this; Duration::max() for the last one.
    [[nodiscard]] static constexpr Duration upper(std::size_t bucket) {
        if (bucket + 1 == kBucketCount) return Duration::max();
        if (bucket == 0) return Duration(std::int64_t{1} << kFirstPower);
        const auto step = static_cast<unsigned>(bucket - 1);
        const unsigned power = kFirstPower + (step >> kStepPower);
        const std::int64_t part = (1 << kStepPower) + (step & ((1u << kStepPower) - 1)) + 1;
        return Duration(part << (power - kStepPower));
    }
    // The upper end of the bucket in which the fraction `q` (0–1) is reached; zero while empty.
    [[nodiscard]] Duration quantile(double q) const {
        std::uint64_t seen = 0;
        for (std::size_t i = 0; i < kBucketCount; ++i) {
            seen += counts_[i];
            if (seen > 0 && static_cast<double>(seen) >= q * static_cast<double>(count_))
                return upper(i);
        }
        return Duration::zero();
    }

private:
    static constexpr std::size_t index_of(std::uint64_t value) {
        if (value < (std::uint64_t{1} << kFirstPower)) return 0;
        const auto power = static_cast<unsigned>(std::bit_width(value)) - 1;
        if (power >= kLastPower) return kBucketCount - 1;
        const std::uint64_t step = (value >> (power - kStepPower)) & ((1u << kStepPower) - 1);
        return 1 + ((power - kFirstPower) << kStepPower) + static_cast<std::size_t>(step);
    }

    std::array<std::uint64_t, kBucketCount> counts_{};
    std::uint64_t count_ = 0;
    std::uint64_t sum_ = 0;  // nanoseconds
};

}  // namespace mcast::relay
