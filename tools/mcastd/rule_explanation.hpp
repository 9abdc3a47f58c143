#pragma once

#include <cstddef>
#include <string>

#include "relay/rule_set.hpp"

namespace mcastd {

// Reasons of earlier rules that are told one by one; those of others are summed up.
inline constexpr std::size_t kReasonsMax = 20;

// Which rule decides on a passage, and why each one before it does not, as lines of text. `file` is
// where the rules stand.
[[nodiscard]] std::string explain(const mcast::relay::RuleSet& rules,
                                  const mcast::relay::Passage& passage, const std::string& file);

}  // namespace mcastd
