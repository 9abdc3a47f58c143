#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "mcast/time.hpp"

namespace mcastd {

[[nodiscard]] mcast::WallTime wall_now();

// "2026-03-01T12:00:00.250Z" (RFC 3339, UTC, milliseconds).
[[nodiscard]] std::string utc_text(mcast::WallTime time);
// "2026-03-01 13:00:00", where the reader sits.
[[nodiscard]] std::string local_text(mcast::WallTime time);
// "3 d 4 h", "4 h 12 min", "12 min 3 s", "3.4 s", "250 ms", "15 µs": two units at most.
[[nodiscard]] std::string duration_text(mcast::Duration duration);

}  // namespace mcastd
