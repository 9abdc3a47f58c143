#include "tools/mcast/bench/statistics.hpp"

#include <algorithm>
#include <vector>

namespace mcast::bench {

Spread spread_of(std::span<const double> values) {
    if (values.empty()) return {};
    std::vector<double> sorted(values.begin(), values.end());
    std::sort(sorted.begin(), sorted.end());
    const std::size_t half = sorted.size() / 2;
    const double median =
        sorted.size() % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    return {sorted.size(), median, sorted.front(), sorted.back()};
}

}  // namespace mcast::bench
