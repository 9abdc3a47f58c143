#pragma once

#include <string>
#include <vector>

#include "tools/mcast/bench/suite.hpp"

namespace mcast::bench {

// What libmcast sets out to reach, held against what was measured.
struct Goal {
    enum class Verdict : std::uint8_t { Met, NotMet, Open };  // Open: nothing to judge by

    std::string work;      // "64-byte typed messages"
    std::string wanted;    // "≥ 0.6 × Cap'n Proto build + raw path"
    std::string backend;   // of the one that was measured
    std::string measured;  // "8.1 M/s, 0.71 ×", or why there is nothing
    Verdict verdict = Verdict::Open;
};

// Those that the groups measured bear on, for each backend. Goals of parts that this version does
// not have are Open and say so.
[[nodiscard]] std::vector<Goal> goals(const std::vector<GroupResult>& groups,
                                      const std::vector<std::string>& backends);

[[nodiscard]] std::string to_string(Goal::Verdict verdict);  // "met", "NOT MET", "-"

}  // namespace mcast::bench
