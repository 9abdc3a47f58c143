#include "parity/encoder.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "mcast/assert.hpp"
#include "parity/block.hpp"
#include "parity/field.hpp"

namespace mcast::parity {

Encoder::Encoder(Parity plan, std::size_t datagram_max)
    : plan_(plan),
      piece_max_(wire::kParitySizeBytes + datagram_max),
      combiner_(plan.parity, plan.data),
      pieces_(plan.parity * piece_max_) {
    MCAST_ASSERT(plan.data >= 1 && plan.data <= wire::kParityBlockMax && plan.parity >= 1 &&
                     plan.parity <= wire::kParityPiecesMax,
                 "a block has 1 to 64 datagrams and 1 to 16 pieces of parity");
    MCAST_ASSERT(piece_max_ >= wire::kParityDataMin && piece_max_ <= wire::kParityDataMax,
                 "the datagrams of a block hold a header, and fit UDP");
    std::vector<std::uint8_t> coefficients;
    for (std::size_t index = 0; index < plan.parity; ++index)
        for (std::size_t place = 0; place < plan.data; ++place)
            coefficients.push_back(coefficient(index, place));
    combiner_.set(coefficients, plan.data);
}

bool Encoder::on_datagram(std::uint64_t sequence, std::span<const std::byte> datagram) {
    if (count_ == 0) first_ = sequence;
    MCAST_ASSERT(count_ < plan_.data && sequence == first_ + count_,
                 "a block is of consecutive datagrams");
    const std::size_t size = wire::kParitySizeBytes + datagram.size();
    MCAST_ASSERT(size >= wire::kParityDataMin && size <= piece_max_,
                 "a datagram has a header and fits its block");
    size_ = std::max(size_, size);
    // In two parts, so that nothing but the header is copied.
    const Head head = head_of(datagram);
    std::array<std::byte*, wire::kParityPiecesMax> sums;
    for (std::size_t index = 0; index < plan_.parity; ++index)
        sums[index] = piece(index);
    combiner_.add(count_, head, std::span(sums).first(plan_.parity));
    for (std::size_t index = 0; index < plan_.parity; ++index)
        sums[index] += head.size();
    const auto rest = datagram.subspan(wire::kHeaderSize);
    if (!rest.empty()) combiner_.add(count_, rest, std::span(sums).first(plan_.parity));
    return ++count_ == plan_.data;
}

std::size_t Encoder::message_size() const {
    return wire::parity_size(size_);
}

std::size_t Encoder::write(std::uint8_t index, std::span<std::byte> room) const {
    const std::span<const std::byte> data =
        std::span(pieces_).subspan(index * piece_max_, piece_max_).first(size_);
    return wire::write_parity(room, {count_, index, plan_.parity, data});
}

void Encoder::clear() {
    for (std::size_t index = 0; index < plan_.parity; ++index)
        std::memset(piece(index), 0, size_);
    size_ = 0;
    count_ = 0;
}

std::byte* Encoder::piece(std::size_t index) {
    return pieces_.data() + index * piece_max_;
}

}  // namespace mcast::parity
