#include "tools/mcast/file/progress.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace mcast::cli {
namespace {

constexpr std::size_t kBarWidth = 24;
// Of each new measurement in the smoothed rate: four a second make it follow within a second.
constexpr double kWeight = 0.3;

}  // namespace

std::string format_bytes(std::uint64_t bytes) {
    if (bytes < 1024) return std::to_string(bytes) + " B";
    constexpr std::array<const char*, 5> kUnits = {"KiB", "MiB", "GiB", "TiB", "PiB"};
    double value = static_cast<double>(bytes) / 1024;
    std::size_t unit = 0;
    while (value >= 999.5 && unit + 1 < kUnits.size()) {
        value /= 1024;
        ++unit;
    }
    std::array<char, 32> text{};
    const int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
    std::snprintf(text.data(), text.size(), "%.*f %s", decimals, value, kUnits[unit]);
    return text.data();
}

std::string bar(std::uint64_t done, std::uint64_t all, std::size_t width) {
    const double share =
        all == 0 ? 1 : std::min(1.0, static_cast<double>(done) / static_cast<double>(all));
    const auto full = static_cast<std::size_t>(share * static_cast<double>(width));
    return "[" + std::string(full, '#') + std::string(width - full, '-') + "]";
}

std::string percent(std::uint64_t done, std::uint64_t all) {
    if (done >= all) return "100 %";
    const double share = static_cast<double>(done) / static_cast<double>(all);
    return std::to_string(std::min(99, static_cast<int>(share * 100))) + " %";
}

void Progress::update(Instant now, std::uint64_t done, std::uint64_t all) {
    const double seconds = static_cast<double>((now - at_).count()) / 1e9;
    if (begun_ && seconds > 0) {
        const double rate = done > done_ ? static_cast<double>(done - done_) / seconds : 0;
        rate_ = rate_ == 0 ? rate : rate_ + kWeight * (rate - rate_);
    }
    begun_ = true;
    at_ = now;
    done_ = done;
    all_ = all;
}

std::string Progress::text() const {
    std::string text = bar(done_, all_, kBarWidth) + " " + percent(done_, all_) + "  " +
                       format_bytes(done_) + " of " + format_bytes(all_);
    if (rate_ >= 1) {
        text += "  " + format_bytes(static_cast<std::uint64_t>(rate_)) + "/s";
        const std::uint64_t left = all_ - std::min(all_, done_);
        if (left > 0)
            text +=
                "  " + std::to_string(std::llround(static_cast<double>(left) / rate_)) + " s left";
    }
    return text;
}

}  // namespace mcast::cli
