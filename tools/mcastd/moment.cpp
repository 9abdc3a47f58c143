#include "tools/mcastd/moment.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <ctime>

namespace mcastd {

using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

std::string format(const char* pattern, const std::tm& parts) {
    std::array<char, 40> text{};
    const std::size_t size = std::strftime(text.data(), text.size(), pattern, &parts);
    return {text.data(), size};
}

std::string one_digit(double value, const char* unit) {
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), value < 10 ? "%.1f %s" : "%.0f %s", value, unit);
    return text.data();
}

std::string two_units(std::int64_t big, const char* big_unit, std::int64_t small,
                      const char* small_unit) {
    return std::to_string(big) + " " + big_unit +
           (small == 0 ? "" : " " + std::to_string(small) + " " + small_unit);
}

}  // namespace

mcast::WallTime wall_now() {
    return std::chrono::system_clock::now();
}

std::string utc_text(mcast::WallTime time) {
    const auto whole = std::chrono::floor<seconds>(time);
    const auto count = static_cast<std::time_t>(whole.time_since_epoch().count());
    std::tm parts{};
    ::gmtime_r(&count, &parts);
    std::array<char, 8> fraction{};
    std::snprintf(fraction.data(), fraction.size(), ".%03dZ",
                  static_cast<int>(duration_cast<milliseconds>(time - whole).count()));
    return format("%Y-%m-%dT%H:%M:%S", parts) + fraction.data();
}

std::string local_text(mcast::WallTime time) {
    const auto count =
        static_cast<std::time_t>(std::chrono::floor<seconds>(time).time_since_epoch().count());
    std::tm parts{};
    ::localtime_r(&count, &parts);
    return format("%Y-%m-%d %H:%M:%S", parts);
}

std::string duration_text(mcast::Duration duration) {
    if (duration < mcast::Duration::zero()) return "-" + duration_text(-duration);
    const double nanoseconds = static_cast<double>(duration.count());
    if (duration < std::chrono::microseconds(1)) return one_digit(nanoseconds, "ns");
    if (duration < milliseconds(1)) return one_digit(nanoseconds / 1e3, "µs");
    if (duration < seconds(1)) return one_digit(nanoseconds / 1e6, "ms");
    if (duration < std::chrono::minutes(1)) return one_digit(nanoseconds / 1e9, "s");
    const std::int64_t whole = duration_cast<seconds>(duration).count();
    if (whole < 3600) return two_units(whole / 60, "min", whole % 60, "s");
    if (whole < 86400) return two_units(whole / 3600, "h", whole / 60 % 60, "min");
    return two_units(whole / 86400, "d", whole / 3600 % 24, "h");
}

}  // namespace mcastd
