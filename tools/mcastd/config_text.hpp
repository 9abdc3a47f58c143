#pragma once

#include <string>

#include "tools/mcastd/config.hpp"
#include "tools/mcastd/config_file.hpp"

namespace mcastd {

// The configuration as a file that reads as the same. With origins each setting tells where its
// value comes from, in a comment.
[[nodiscard]] std::string to_toml(const Config& config);
[[nodiscard]] std::string to_toml(const Config& config, const ConfigResult& from);

}  // namespace mcastd
