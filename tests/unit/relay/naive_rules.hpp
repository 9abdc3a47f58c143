#pragma once

#include <string_view>
#include <vector>

#include "relay/rule.hpp"

namespace mcast::relay {

// What rules mean, written down once more as simply as can be: each is looked at in its turn.
[[nodiscard]] bool naive_glob(std::string_view glob, std::string_view text);
[[nodiscard]] bool naive_match(const Rule& rule, const Passage& passage);
[[nodiscard]] Verdict naive_verdict(const std::vector<Rule>& rules, Action fallback,
                                    const Passage& passage);

}  // namespace mcast::relay
