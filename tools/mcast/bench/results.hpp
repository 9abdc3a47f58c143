#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tools/mcast/bench/round.hpp"
#include "tools/mcast/bench/statistics.hpp"

namespace mcast::bench {

// A case and what came of it: one Round for each round of its group, in the same order.
struct CaseResult {
    Case what;
    std::vector<Round> rounds;
    std::string error;  // why it could not be measured; then there are no rounds

    // Rounds that count: those without trouble; all of them if each had some.
    [[nodiscard]] std::vector<const Round*> counted() const;
    [[nodiscard]] std::size_t clean_count() const;
    [[nodiscard]] Spread spread(const std::function<double(const Round&)>& value) const;

    // What the case is about: messages a second, or nanoseconds at the median.
    [[nodiscard]] Spread headline() const;
    [[nodiscard]] bool is_time() const;
    // Of all rounds that count, together.
    [[nodiscard]] cli::Histogram times() const;
    [[nodiscard]] double lost_share() const;  // of all rounds together
};

// Cases that are measured in turns and compared with each other.
struct GroupResult {
    std::string id;     // "throughput-64"
    std::string title;  // for people
    std::vector<CaseResult> cases;

    [[nodiscard]] const CaseResult* find(const std::function<bool(const Case&)>& wanted) const;
};

// The headline of `one` in terms of `other`'s: the median over rounds, each compared with the same
// round of the other, a moment apart. Bytes are compared if the sizes differ. Empty if either was
// not measured.
[[nodiscard]] std::optional<double> ratio(const CaseResult& one, const CaseResult& other);

[[nodiscard]] double headline_of(const Case& what, const Round& round);

}  // namespace mcast::bench
