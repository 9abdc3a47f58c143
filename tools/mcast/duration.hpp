#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "mcast/time.hpp"

namespace mcast::cli {

// "10s", "500ms", "1.5s", "2m", "1h", "250us" (or "µs"), "100ns"; a bare number is seconds. Empty
// if it is none of these, negative, or longer than a year.
[[nodiscard]] std::optional<Duration> parse_duration(std::string_view text);

// Three digits and a unit, for people: "870 ns", "12.3 µs", "1.20 ms", "10.0 s".
[[nodiscard]] std::string format_duration(Duration duration);

// Three digits and a unit a second: "0.50/s", "120/s", "1.25 k/s", "3.10 M/s".
[[nodiscard]] std::string format_rate(double per_second);

// "0 %", "0.10 %", "12.5 %".
[[nodiscard]] std::string format_percent(double percent);

// "2025-01-31T12:00:00.123456789Z" (RFC 3339).
[[nodiscard]] std::string format_wall_time(WallTime time);

}  // namespace mcast::cli
