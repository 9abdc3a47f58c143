#pragma once

#include <cstddef>
#include <span>

namespace mcast::bench {

// Of several rounds. The mean would let one bad round spoil all of them.
struct Spread {
    std::size_t count = 0;
    double median = 0;  // of an even number: the mean of the two in the middle
    double min = 0;
    double max = 0;
};

[[nodiscard]] Spread spread_of(std::span<const double> values);

}  // namespace mcast::bench
