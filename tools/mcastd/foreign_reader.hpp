#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "tools/mcastd/config.hpp"
#include "tools/mcastd/diagnostic.hpp"
#include "tools/mcastd/document.hpp"

namespace mcastd {

// Reads the tables [[foreign]]; `own_port` is libmcast's own, whose datagrams are not foreign.
[[nodiscard]] std::vector<ForeignConfig> read_foreign(std::span<const Value> tables,
                                                      std::uint16_t own_port,
                                                      Diagnostics& diagnostics);

}  // namespace mcastd
