#include <algorithm>
#include <array>

#include "mcast/assert.hpp"
#include "parity/combiner.hpp"
#include "parity/field.hpp"

namespace mcast::parity {

// The tables are the coefficients themselves.
Combiner::Combiner(std::size_t rows_max, std::size_t columns_max)
    : tables_(rows_max * columns_max) {}

void Combiner::set(std::span<const std::uint8_t> coefficients, std::size_t columns) {
    MCAST_ASSERT(
        columns > 0 && coefficients.size() % columns == 0 && coefficients.size() <= tables_.size(),
        "a combiner takes the coefficients that it has memory for");
    columns_ = columns;
    rows_ = coefficients.size() / columns;
    std::copy(coefficients.begin(), coefficients.end(), tables_.begin());
}

void Combiner::add(std::size_t column, std::span<const std::byte> bytes,
                   std::span<std::byte* const> sums) const {
    MCAST_ASSERT(column < columns_ && sums.size() == rows_, "a combiner adds to each of its sums");
    for (std::size_t row = 0; row < rows_; ++row) {
        // A look-up for each byte instead of a multiplication.
        const std::uint8_t factor = tables_[row * columns_ + column];
        std::array<std::byte, 256> product;
        for (std::size_t i = 0; i < product.size(); ++i)
            product[i] = std::byte{multiply(factor, static_cast<std::uint8_t>(i))};
        std::byte* const to = sums[row];
        for (std::size_t i = 0; i < bytes.size(); ++i)
            to[i] ^= product[static_cast<std::uint8_t>(bytes[i])];
    }
}

std::string_view Combiner::kind() {
    return "plain";
}

}  // namespace mcast::parity
