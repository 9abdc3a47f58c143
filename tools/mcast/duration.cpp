#include "tools/mcast/duration.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <ctime>

namespace mcast::cli {
namespace {

struct Unit {
    std::string_view name;
    double nanoseconds;
};

constexpr std::array<Unit, 9> kUnits{{{"", 1e9},
                                      {"ns", 1},
                                      {"us", 1e3},
                                      {"µs", 1e3},
                                      {"ms", 1e6},
                                      {"s", 1e9},
                                      {"m", 60e9},
                                      {"min", 60e9},
                                      {"h", 3600e9}}};

constexpr double kLongest = 366.0 * 24 * 3600 * 1e9;

// Three significant digits, so that columns of it can be compared at a glance.
std::string three_digits(double value, const char* unit) {
    const int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
    std::array<char, 48> text{};
    const int size = std::snprintf(text.data(), text.size(), "%.*f%s", decimals, value, unit);
    return {text.data(), static_cast<std::size_t>(size)};
}

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) {
    double value = 0;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
    if (error != std::errc{} || !std::isfinite(value) || std::signbit(value)) return std::nullopt;
    const std::string_view suffix = text.substr(static_cast<std::size_t>(end - text.data()));
    for (const Unit& unit : kUnits) {
        if (unit.name != suffix) continue;
        const double nanoseconds = value * unit.nanoseconds;
        if (nanoseconds > kLongest) return std::nullopt;
        return Duration(std::llround(nanoseconds));
    }
    return std::nullopt;
}

std::string format_duration(Duration duration) {
    if (duration < Duration::zero()) return "-" + format_duration(-duration);
    const auto nanoseconds = static_cast<double>(duration.count());
    if (nanoseconds < 1e3) return std::to_string(duration.count()) + " ns";
    if (nanoseconds < 999.5e3) return three_digits(nanoseconds / 1e3, " µs");
    if (nanoseconds < 999.5e6) return three_digits(nanoseconds / 1e6, " ms");
    return three_digits(nanoseconds / 1e9, " s");
}

std::string format_rate(double per_second) {
    if (per_second < 999.5) return three_digits(per_second, "/s");
    if (per_second < 999.5e3) return three_digits(per_second / 1e3, " k/s");
    return three_digits(per_second / 1e6, " M/s");
}

std::string format_percent(double percent) {
    return percent == 0 ? "0 %" : three_digits(percent, " %");
}

std::string format_wall_time(WallTime time) {
    constexpr std::int64_t kSecond = 1'000'000'000;
    std::int64_t nanoseconds = time.time_since_epoch().count() % kSecond;
    std::time_t seconds = time.time_since_epoch().count() / kSecond;
    if (nanoseconds < 0) {
        nanoseconds += kSecond;
        --seconds;
    }
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    std::array<char, 32> date{};
    const std::size_t size = std::strftime(date.data(), date.size(), "%Y-%m-%dT%H:%M:%S", &parts);
    std::array<char, 16> fraction{};
    std::snprintf(fraction.data(), fraction.size(), ".%09dZ", static_cast<int>(nanoseconds));
    return std::string(date.data(), size) + fraction.data();
}

}  // namespace mcast::cli
