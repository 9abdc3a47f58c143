#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mcast::cli {

// Of a name, with room for kPartSuffix (NAME_MAX is 255).
inline constexpr std::size_t kFileNameMax = 250;
inline constexpr std::string_view kPartSuffix = ".part";  // of a file that is not complete

// The name under which a file is stored that somebody else offers under `name`: in this folder and
// no other, not hidden, no option of a command, and fit to be shown. Never empty.
[[nodiscard]] std::string safe_file_name(std::string_view name);

}  // namespace mcast::cli
