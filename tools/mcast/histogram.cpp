#include "tools/mcast/histogram.hpp"

#include <algorithm>
#include <cmath>

#include "tools/mcast/duration.hpp"

namespace mcast::cli {
namespace {

// Decimal, so that the buckets shown to people (1, 2, 5, 10, …) are unions of these: 900 steps in
// each decade, "1.00" to "9.99". Below 100 ns the steps are finer than a nanosecond.
constexpr std::size_t kSteps = 900;
constexpr std::size_t kDecades = 12;  // 1 ns to 1000 s

std::size_t slot_of(std::int64_t nanoseconds) {
    if (nanoseconds < 1) return 0;
    std::size_t decade = 0;
    double mantissa = static_cast<double>(nanoseconds);
    while (mantissa >= 10.0) {
        mantissa /= 10.0;
        ++decade;
    }
    if (decade >= kDecades) return kDecades * kSteps - 1;
    // The small addition mends 4.99999… that was 5 before it was divided.
    const auto step = static_cast<std::size_t>(mantissa * 100.0 + 1e-6) - 100;
    return decade * kSteps + std::min(step, kSteps - 1);
}

std::int64_t start_of(std::size_t slot) {
    const double mantissa = static_cast<double>(slot % kSteps + 100) / 100.0;
    const std::size_t decade = slot / kSteps;
    return std::llround(mantissa * std::pow(10.0, static_cast<double>(decade)));
}

}  // namespace

Histogram::Histogram() : counts_(kDecades * kSteps) {}

void Histogram::add(Duration duration, std::uint64_t count) {
    if (count == 0) return;
    min_ = count_ == 0 ? duration : std::min(min_, duration);
    max_ = count_ == 0 ? duration : std::max(max_, duration);
    count_ += count;
    sum_ += static_cast<double>(duration.count()) * static_cast<double>(count);
    counts_[slot_of(duration.count())] += count;
}

void Histogram::merge(const Histogram& other) {
    if (other.count_ == 0) return;
    min_ = count_ == 0 ? other.min_ : std::min(min_, other.min_);
    max_ = count_ == 0 ? other.max_ : std::max(max_, other.max_);
    count_ += other.count_;
    sum_ += other.sum_;
    for (std::size_t slot = 0; slot < counts_.size(); ++slot)
        counts_[slot] += other.counts_[slot];
}

void Histogram::widen(Duration min, Duration max) {
    if (count_ == 0) return;
    min_ = std::min(min_, min);
    max_ = std::max(max_, max);
}

void Histogram::clear() {
    std::fill(counts_.begin(), counts_.end(), 0);
    count_ = 0;
    sum_ = 0;
}

Duration Histogram::mean() const {
    if (count_ == 0) return Duration::zero();
    return Duration(std::llround(sum_ / static_cast<double>(count_)));
}

Duration Histogram::quantile(double q) const {
    if (count_ == 0) return Duration::zero();
    const auto wanted = std::clamp<std::uint64_t>(
        static_cast<std::uint64_t>(std::ceil(q * static_cast<double>(count_))), 1, count_);
    std::uint64_t seen = 0;
    for (std::size_t slot = 0; slot < counts_.size(); ++slot) {
        seen += counts_[slot];
        if (seen >= wanted) return std::clamp(Duration(start_of(slot)), min_, max_);
    }
    return max_;
}

std::vector<Histogram::Bucket> Histogram::buckets() const {
    std::vector<Bucket> all;
    for (std::size_t decade = 0; decade < kDecades; ++decade) {
        constexpr std::size_t kEdges[] = {0, 100, 400, kSteps};  // of 1, 2, 5 and 10
        for (std::size_t part = 0; part < 3; ++part) {
            const std::size_t from = decade * kSteps + kEdges[part];
            const std::size_t to = decade * kSteps + kEdges[part + 1];
            Bucket bucket{Duration(start_of(from)), Duration(start_of(to)), 0};
            for (std::size_t slot = from; slot < to; ++slot)
                bucket.count += counts_[slot];
            all.push_back(bucket);
        }
    }
    const auto filled = [](const Bucket& bucket) { return bucket.count != 0; };
    const auto first = std::find_if(all.begin(), all.end(), filled);
    const auto last = std::find_if(all.rbegin(), all.rend(), filled).base();
    return first < last ? std::vector<Bucket>(first, last) : std::vector<Bucket>{};
}

std::vector<Histogram::Slot> Histogram::slots() const {
    std::vector<Slot> all;
    for (std::size_t slot = 0; slot < counts_.size(); ++slot) {
        if (counts_[slot] > 0) all.push_back({Duration(start_of(slot)), counts_[slot]});
    }
    return all;
}

std::string draw(const Histogram& histogram, std::size_t width) {
    const std::vector<Histogram::Bucket> buckets = histogram.buckets();
    std::uint64_t highest = 1;
    for (const Histogram::Bucket& bucket : buckets)
        highest = std::max(highest, bucket.count);
    std::string text;
    for (const Histogram::Bucket& bucket : buckets) {
        std::string label = "< " + format_duration(bucket.to);
        // "µ" is two bytes and one column.
        const std::size_t columns = label.size() - (label.find("µ") == std::string::npos ? 0 : 1);
        label.insert(0, columns < 12 ? 12 - columns : 0, ' ');
        // A bucket that holds anything shows at least one mark.
        const auto marks = static_cast<std::size_t>(
            std::ceil(static_cast<double>(bucket.count) / static_cast<double>(highest) *
                      static_cast<double>(width)));
        text += label + "  " + std::string(marks, '#') + (marks == 0 ? "" : " ") +
                std::to_string(bucket.count) + "\n";
    }
    return text;
}

}  // namespace mcast::cli
