#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace mcast::parity {

// Adds multiples of byte strings, over GF(2^8): all that encoding and decoding do with bytes. By
// isa-l where libmcast is built with it (isal_combiner.cpp), in plain C++ where it is not
// (plain_combiner.cpp): the same results, an order of magnitude slower.
class Combiner {
public:
    // Takes memory for `rows_max` sums of up to `columns_max` strings.
    Combiner(std::size_t rows_max, std::size_t columns_max);

    // Sets how often each string (column) is in each sum (row): row by row, `columns` each.
    void set(std::span<const std::uint8_t> coefficients, std::size_t columns);
    // Adds the string of `column` to all sums: sums[row][i] += coefficient(row, column) * bytes[i].
    // `sums` has as many as set() had rows, each with room for bytes.size().
    void add(std::size_t column, std::span<const std::byte> bytes,
             std::span<std::byte* const> sums) const;

    // How it computes: "isa-l" or "plain".
    [[nodiscard]] static std::string_view kind();

private:
    std::size_t columns_ = 0;
    std::size_t rows_ = 0;
    std::vector<std::uint8_t> tables_;  // of the coefficients, as the implementation wants them
};

}  // namespace mcast::parity
