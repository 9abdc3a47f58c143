#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "tools/mcastd/json.hpp"

namespace mcastd {

// The documents of the control socket as people read them: lines of at most `width` columns,
// without control characters, whatever is in them.
[[nodiscard]] std::string status_table(const Json& document, std::size_t width);
[[nodiscard]] std::string interfaces_table(const Json& document, std::size_t width);
[[nodiscard]] std::string peers_table(const Json& document, std::size_t width);
[[nodiscard]] std::string topics_table(const Json& document, std::size_t width);
[[nodiscard]] std::string rules_table(const Json& document, std::size_t width);

// "17", "12.3k", "4.56M": four columns or five.
[[nodiscard]] std::string short_number(double number);

}  // namespace mcastd
