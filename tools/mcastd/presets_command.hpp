#pragma once

#include <CLI/CLI.hpp>

namespace mcastd {

void add_presets(CLI::App& app);  // presets, run by CLI11 as it parses

}  // namespace mcastd
