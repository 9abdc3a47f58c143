#include <isa-l/erasure_code.h>

#include <array>

#include "mcast/assert.hpp"
#include "parity/combiner.hpp"
#include "wire/parity.hpp"

namespace mcast::parity {
namespace {

constexpr std::size_t kTableSize = 32;  // bytes that ec_init_tables() makes of a coefficient

}  // namespace

Combiner::Combiner(std::size_t rows_max, std::size_t columns_max)
    : tables_(rows_max * columns_max * kTableSize) {}

void Combiner::set(std::span<const std::uint8_t> coefficients, std::size_t columns) {
    MCAST_ASSERT(columns > 0 && coefficients.size() % columns == 0 &&
                     coefficients.size() * kTableSize <= tables_.size(),
                 "a combiner takes the coefficients that it has memory for");
    columns_ = columns;
    rows_ = coefficients.size() / columns;
    // isa-l takes what it only reads as unsigned char*, too.
    ec_init_tables(static_cast<int>(columns_), static_cast<int>(rows_),
                   const_cast<unsigned char*>(coefficients.data()), tables_.data());
}

void Combiner::add(std::size_t column, std::span<const std::byte> bytes,
                   std::span<std::byte* const> sums) const {
    MCAST_ASSERT(column < columns_ && sums.size() == rows_, "a combiner adds to each of its sums");
    std::array<unsigned char*, wire::kParityPiecesMax> to;
    MCAST_ASSERT(rows_ <= to.size(), "there are no more sums than pieces");
    for (std::size_t row = 0; row < rows_; ++row)
        to[row] = reinterpret_cast<unsigned char*>(sums[row]);
    ec_encode_data_update(
        static_cast<int>(bytes.size()), static_cast<int>(columns_), static_cast<int>(rows_),
        static_cast<int>(column), const_cast<unsigned char*>(tables_.data()),
        reinterpret_cast<unsigned char*>(const_cast<std::byte*>(bytes.data())), to.data());
}

std::string_view Combiner::kind() {
    return "isa-l";
}

}  // namespace mcast::parity
