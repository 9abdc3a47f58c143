#include "parity/decoder.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

#include "parity/field.hpp"

namespace mcast::parity {
namespace {

// A datagram in its string begins here: 8-byte aligned, with its size right before.
constexpr std::size_t kDatagramAt = 8;
constexpr std::size_t kStringAt = kDatagramAt - wire::kParitySizeBytes;

using Sums = std::array<std::byte*, wire::kParityPiecesMax>;

// Element of the inverse of the Cauchy matrix of the rows x and the columns y, which is known in
// closed form (Schechter, 1959).
std::uint8_t inverse_element(std::span<const std::uint8_t> x, std::span<const std::uint8_t> y,
                             std::size_t column, std::size_t row) {
    std::uint8_t numerator = 1;
    std::uint8_t denominator = static_cast<std::uint8_t>(x[row] ^ y[column]);
    for (std::size_t k = 0; k < x.size(); ++k) {
        numerator = multiply(numerator, static_cast<std::uint8_t>(x[row] ^ y[k]));
        numerator = multiply(numerator, static_cast<std::uint8_t>(x[k] ^ y[column]));
        if (k != row) denominator = multiply(denominator, static_cast<std::uint8_t>(x[row] ^ x[k]));
        if (k != column)
            denominator = multiply(denominator, static_cast<std::uint8_t>(y[column] ^ y[k]));
    }
    return multiply(numerator, inverse(denominator));
}

bool is_zero(std::span<const std::byte> bytes) {
    return std::ranges::all_of(bytes, [](std::byte byte) { return byte == std::byte{0}; });
}

// Whether the fields that are not protected are 0.
bool is_bare(const wire::Header& header) {
    return header.flags == 0 && header.hops == 0 && header.receiver == 0 &&
           header.sent_at == WallTime{};
}

bool is_of(const wire::Header& stream, const wire::Header& header, std::uint64_t sequence) {
    return header.domain == stream.domain && header.origin == stream.origin &&
           header.topic == stream.topic && header.sequence == sequence &&
           (header.kind == wire::DatagramKind::Data || header.kind == wire::DatagramKind::Fragment);
}

}  // namespace

Decoder::Decoder(std::size_t datagram_max)
    : slot_((kDatagramAt + datagram_max + 7) / 8 * 8),
      combiner_(wire::kParityPiecesMax, wire::kParityBlockMax),
      sums_(wire::kParityPiecesMax * slot_),
      strings_(wire::kParityPiecesMax * slot_) {
    missing_.reserve(wire::kParityBlockMax);
    pieces_.reserve(wire::kParityPiecesMax);
    coefficients_.reserve(wire::kParityPiecesMax * wire::kParityBlockMax);
    recovered_.reserve(wire::kParityPiecesMax);
}

Decoded Decoder::decode(const Block& block, const wire::Header& stream) {
    recovered_.clear();
    const std::string_view refusal = find_places(block);
    if (!refusal.empty()) return {{}, refusal};
    if (missing_.empty() || missing_.size() > pieces_.size()) return {};
    pieces_.resize(missing_.size());
    sum_up(block);
    solve();
    const std::string_view contradiction = accept(block, stream);
    if (!contradiction.empty()) return {{}, contradiction};
    return {recovered_, {}};
}

// Which datagrams are missing and which pieces are here, or what is wrong with the block.
std::string_view Decoder::find_places(const Block& block) {
    missing_.clear();
    pieces_.clear();
    if (block.count == 0 || block.count > wire::kParityBlockMax)
        return "a block of parity has 1 to 64 datagrams";
    if (block.piece_count > wire::kParityPiecesMax)
        return "a block of parity has no more than 16 pieces";
    if (block.first == 0 ||
        block.count - 1u > std::numeric_limits<std::uint64_t>::max() - block.first)
        return "a block of parity has no sequence 0 and ends before 2^64";
    size_ = block.piece_count > 0 ? block.pieces[0].data.size() : 0;
    for (std::size_t i = 0; i < block.piece_count; ++i) {
        const wire::Parity& piece = block.pieces[i];
        if (piece.count != block.count || piece.data.size() != size_ ||
            piece.parity_count != block.pieces[0].parity_count)
            return "pieces of parity of one block contradict each other";
        if (piece.index >= wire::kParityPiecesMax || std::ranges::count(pieces_, piece.index) > 0)
            return "a piece of parity is there twice, or has an index above 15";
        pieces_.push_back(piece.index);
    }
    if (block.piece_count > 0 && (size_ < wire::kParityDataMin || size_ > slot_ - kStringAt))
        return "a piece of parity is shorter than a header or longer than any datagram here";
    for (std::size_t place = 0; place < block.count; ++place) {
        const std::size_t size = block.datagrams[place].size();
        if (size == 0) missing_.push_back(static_cast<std::uint8_t>(place));
        if (size != 0 && (size < wire::kHeaderSize ||
                          (block.piece_count > 0 && wire::kParitySizeBytes + size > size_)))
            return "a datagram is longer than its block of parity says";
    }
    return {};
}

// Takes from the chosen pieces all datagrams that are here: sums of the missing ones are left.
void Decoder::sum_up(const Block& block) {
    coefficients_.clear();
    for (const std::uint8_t piece : pieces_)
        for (std::size_t place = 0; place < block.count; ++place)
            coefficients_.push_back(coefficient(piece, place));
    combiner_.set(coefficients_, block.count);
    Sums sums;
    for (std::size_t i = 0; i < pieces_.size(); ++i) {
        sums[i] = sums_.data() + i * slot_ + kStringAt;
        std::memcpy(sums[i], block.pieces[i].data.data(), size_);
    }
    Sums rests = sums;
    for (std::size_t i = 0; i < pieces_.size(); ++i)
        rests[i] += wire::kParityDataMin;
    for (std::size_t place = 0; place < block.count; ++place) {
        const std::span<const std::byte> datagram = block.datagrams[place];
        if (datagram.empty()) continue;
        combiner_.add(place, head_of(datagram), std::span(sums).first(pieces_.size()));
        const auto rest = datagram.subspan(wire::kHeaderSize);
        if (!rest.empty()) combiner_.add(place, rest, std::span(rests).first(pieces_.size()));
    }
}

// As many sums as there are missing datagrams: each of these is a sum of the sums.
void Decoder::solve() {
    std::array<std::uint8_t, wire::kParityPiecesMax> rows;
    for (std::size_t i = 0; i < pieces_.size(); ++i)
        rows[i] = static_cast<std::uint8_t>(255 - pieces_[i]);
    coefficients_.clear();
    for (std::size_t i = 0; i < missing_.size(); ++i)
        for (std::size_t k = 0; k < pieces_.size(); ++k)
            coefficients_.push_back(
                inverse_element(std::span(rows).first(pieces_.size()), missing_, i, k));
    combiner_.set(coefficients_, pieces_.size());
    Sums strings;
    for (std::size_t i = 0; i < missing_.size(); ++i) {
        strings[i] = strings_.data() + i * slot_ + kStringAt;
        std::memset(strings[i], 0, size_);
    }
    for (std::size_t k = 0; k < pieces_.size(); ++k) {
        const std::span sum(sums_.data() + k * slot_ + kStringAt, size_);
        combiner_.add(k, sum, std::span(strings).first(missing_.size()));
    }
}

// Whether what came out are datagrams of the stream: they are not if a piece was forged.
std::string_view Decoder::accept(const Block& block, const wire::Header& stream) {
    for (std::size_t i = 0; i < missing_.size(); ++i) {
        std::byte* const from = strings_.data() + i * slot_ + kStringAt;
        const std::size_t size = wire::layout::load<std::uint16_t>(from, 0);
        if (size < wire::kHeaderSize || wire::kParitySizeBytes + size > size_ ||
            !is_zero(
                std::span<const std::byte>(from, size_).subspan(wire::kParitySizeBytes + size)))
            return "pieces of parity do not fit the datagrams of their block";
        std::byte* const datagram = from + wire::kParitySizeBytes;
        const std::uint64_t sequence = block.first + missing_[i];
        const wire::ParsedHeader parsed = wire::parse_header({datagram, size});
        if (!parsed || !is_of(stream, parsed.header, sequence) || !is_bare(parsed.header))
            return "pieces of parity give a datagram that is not of their stream";
        wire::set_flags(datagram, wire::kFlagReliable | wire::kFlagRepair);
        wire::set_sent_at(datagram, stream.sent_at);
        recovered_.push_back({sequence, {datagram, size}});
    }
    return {};
}

}  // namespace mcast::parity
