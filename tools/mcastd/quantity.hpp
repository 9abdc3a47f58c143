#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "mcast/time.hpp"

namespace mcastd {

// "64M", "512K", "2G" or bytes: powers of 1024. Empty for anything else.
[[nodiscard]] std::optional<std::uint64_t> parse_size(std::string_view text);
// What parse_size() reads as the same: the largest unit that comes out even.
[[nodiscard]] std::string format_size(std::uint64_t bytes);
// What mcast::cli::parse_duration() reads as the same: "30s", "500ms", "7ns".
[[nodiscard]] std::string format_exactly(mcast::Duration duration);

}  // namespace mcastd
