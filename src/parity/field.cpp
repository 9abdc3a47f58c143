#include "parity/field.hpp"

#include <array>

namespace mcast::parity {
namespace {

constexpr unsigned kPolynomial = 0x11d;
constexpr std::size_t kOrder = 255;  // of the group of all but 0

struct Tables {
    std::array<std::uint8_t, 2 * kOrder> power{};  // twice, so that two logarithms can be added
    std::array<std::uint8_t, 256> logarithm{};
};

constexpr Tables make_tables() {
    Tables tables;
    unsigned value = 1;
    for (std::size_t i = 0; i < kOrder; ++i) {
        tables.power[i] = tables.power[i + kOrder] = static_cast<std::uint8_t>(value);
        tables.logarithm[value] = static_cast<std::uint8_t>(i);
        value <<= 1;
        if (value > 255) value ^= kPolynomial;
    }
    return tables;
}

constexpr Tables kTables = make_tables();

}  // namespace

std::uint8_t multiply(std::uint8_t a, std::uint8_t b) {
    if (a == 0 || b == 0) return 0;
    return kTables.power[std::size_t{kTables.logarithm[a]} + kTables.logarithm[b]];
}

std::uint8_t inverse(std::uint8_t a) {
    return kTables.power[kOrder - kTables.logarithm[a]];
}

std::uint8_t coefficient(std::size_t piece, std::size_t place) {
    return inverse(static_cast<std::uint8_t>((255 - piece) ^ place));
}

}  // namespace mcast::parity
