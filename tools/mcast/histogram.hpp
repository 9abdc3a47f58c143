#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "mcast/time.hpp"

namespace mcast::cli {

// Counts durations from 1 ns to 1000 s to three digits (1 % of the value), in fixed memory.
class Histogram {
public:
    // From 1, 2 or 5 times a power of ten to the next; `to` is not part of it.
    struct Bucket {
        Duration from{};
        Duration to{};
        std::uint64_t count = 0;
    };

    Histogram();

    // What was counted, as finely as it is: from here on, up to the next step.
    struct Slot {
        Duration from{};
        std::uint64_t count = 0;
    };

    // Negative ones (clocks that disagree) count as 0 ns, but show in min().
    void add(Duration duration, std::uint64_t count = 1);
    void merge(const Histogram& other);
    // What has been counted lies between these: for one that was rebuilt from its slots, which
    // know its ends to 1 % only. Nothing if it is empty.
    void widen(Duration min, Duration max);
    void clear();

    [[nodiscard]] std::uint64_t count() const { return count_; }
    // Zero while there is nothing.
    [[nodiscard]] Duration min() const { return count_ == 0 ? Duration::zero() : min_; }
    [[nodiscard]] Duration max() const { return count_ == 0 ? Duration::zero() : max_; }
    [[nodiscard]] Duration mean() const;
    // The smallest value that the fraction `q` (0–1) does not exceed, within 1 %.
    [[nodiscard]] Duration quantile(double q) const;
    // From the first to the last that is not empty.
    [[nodiscard]] std::vector<Bucket> buckets() const;
    // Those that are not empty; adding them to another one gives the same.
    [[nodiscard]] std::vector<Slot> slots() const;

private:
    std::vector<std::uint64_t> counts_;
    std::uint64_t count_ = 0;
    Duration min_{};
    Duration max_{};
    double sum_ = 0;  // nanoseconds; a double, so that it cannot overflow
};

// One line a bucket, with a bar of at most `width` columns.
[[nodiscard]] std::string draw(const Histogram& histogram, std::size_t width = 40);

}  // namespace mcast::cli
