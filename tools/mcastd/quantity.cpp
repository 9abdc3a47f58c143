#include "tools/mcastd/quantity.hpp"

#include <array>
#include <charconv>
#include <limits>
#include <system_error>

namespace mcastd {
namespace {

struct SizeUnit {
    std::string_view name;
    unsigned shift;
};
constexpr std::array<SizeUnit, 4> kSizeUnits{{{"G", 30}, {"M", 20}, {"K", 10}, {"", 0}}};

struct TimeUnit {
    std::string_view name;
    std::int64_t nanoseconds;
};
constexpr std::array<TimeUnit, 6> kTimeUnits{{{"h", 3'600'000'000'000},
                                              {"m", 60'000'000'000},
                                              {"s", 1'000'000'000},
                                              {"ms", 1'000'000},
                                              {"us", 1'000},
                                              {"ns", 1}}};

}  // namespace

std::optional<std::uint64_t> parse_size(std::string_view text) {
    std::uint64_t number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failure != std::errc()) return std::nullopt;
    const std::string_view name = text.substr(static_cast<std::size_t>(end - text.data()));
    for (const SizeUnit& unit : kSizeUnits) {
        if (unit.name != name) continue;
        if (number > std::numeric_limits<std::uint64_t>::max() >> unit.shift) return std::nullopt;
        return number << unit.shift;
    }
    return std::nullopt;
}

std::string format_size(std::uint64_t bytes) {
    for (const SizeUnit& unit : kSizeUnits) {
        const std::uint64_t whole = bytes >> unit.shift;
        if (whole != 0 && whole << unit.shift == bytes)
            return std::to_string(whole) + std::string(unit.name);
    }
    return "0";
}

std::string format_exactly(mcast::Duration duration) {
    for (const TimeUnit& unit : kTimeUnits) {
        const std::int64_t whole = duration.count() / unit.nanoseconds;
        if (whole != 0 && whole * unit.nanoseconds == duration.count())
            return std::to_string(whole) + std::string(unit.name);
    }
    return "0s";
}

}  // namespace mcastd
