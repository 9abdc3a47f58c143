#pragma once

#include <string>
#include <vector>

#include "tools/mcast/bench/goals.hpp"
#include "tools/mcast/bench/peer_rows.hpp"
#include "tools/mcast/bench/suite.hpp"

namespace mcast::bench {

// Tables for a terminal: environment in short, a table a group, and what was wrong with rounds that
// do not count.
[[nodiscard]] std::string results_text(const Suite& suite, const Place& place);

// A group's table, head first, with a row for each case that was measured; and what was wrong with
// rounds, a line each.
[[nodiscard]] std::vector<std::vector<std::string>> result_rows(const GroupResult& group);
[[nodiscard]] std::string troubles_text(const GroupResult& group);

// What other libraries and the goals have to say, as tables.
[[nodiscard]] std::string peers_text(const std::vector<PeerRow>& peers);
[[nodiscard]] std::string goals_text(const std::vector<Goal>& goals);

// "0.52", or "-" if there is none.
[[nodiscard]] std::string ratio_text(const CaseResult& one, const CaseResult* other);
// "typed/socket", with what else tells it apart in its group.
[[nodiscard]] std::string label_of(const Case& what, const GroupResult& group);

}  // namespace mcast::bench
