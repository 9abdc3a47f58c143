#pragma once

#include <span>
#include <vector>

#include "relay/rule.hpp"
#include "tools/mcastd/diagnostic.hpp"
#include "tools/mcastd/document.hpp"

namespace mcastd {

// Reads the tables [[rule]]. Tells of each rule that is unsound, and warns of those that never
// match since an earlier one takes everything that they would.
[[nodiscard]] std::vector<mcast::relay::Rule> read_rules(std::span<const Value> tables,
                                                         Diagnostics& diagnostics);

}  // namespace mcastd
