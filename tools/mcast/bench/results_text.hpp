#pragma once

#include <string>

#include "tools/mcast/bench/suite.hpp"

namespace mcast::bench {

// Tables for a terminal: environment in short, a table a group, and what was wrong with rounds that
// do not count.
[[nodiscard]] std::string results_text(const Suite& suite, const Place& place);

// "0.52", or "-" if there is none.
[[nodiscard]] std::string ratio_text(const CaseResult& one, const CaseResult* other);
// "typed/socket", with what else tells it apart in its group.
[[nodiscard]] std::string label_of(const Case& what, const GroupResult& group);

}  // namespace mcast::bench
