#pragma once

#include <string>

#include "tools/mcastd/config.hpp"
#include "tools/mcastd/config_file.hpp"
#include "tools/mcastd/diagnostic.hpp"
#include "tools/mcastd/document.hpp"

namespace mcastd {

// Makes a configuration of a file's tables, telling of all that is wrong. Overrides are for the
// caller to apply, before finish_config().
void read_config(const Value& root, const std::string& file, Config& config, Origins& origins,
                 Diagnostics& diagnostics);

// What can be judged only once all is known: what the tables mean together.
void finish_config(const Value& root, Config& config, Diagnostics& diagnostics);

}  // namespace mcastd
