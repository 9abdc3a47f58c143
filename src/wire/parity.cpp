#include "wire/parity.hpp"

#include <cstring>

namespace mcast::wire {
namespace {

// Places in the fields of a Parity.
constexpr unsigned kIndexShift = 8;
constexpr unsigned kParityCountShift = 16;

bool is_valid(const Parity& parity) {
    return parity.count >= 1 && parity.count <= kParityBlockMax &&
           parity.index < parity.parity_count && parity.parity_count <= kParityPiecesMax &&
           parity.data.size() >= kParityDataMin && parity.data.size() <= kParityDataMax;
}

}  // namespace

std::size_t write_parity(std::span<std::byte> room, const Parity& parity) {
    if (!is_valid(parity)) return 0;
    const std::size_t size = parity_size(parity.data.size());
    if (size > room.size()) return 0;
    const std::uint64_t fields = std::uint64_t{parity.count} |
                                 std::uint64_t{parity.index} << kIndexShift |
                                 std::uint64_t{parity.parity_count} << kParityCountShift;
    write_blob(room.first<kBlobOverhead>(), fields, static_cast<std::uint32_t>(parity.data.size()));
    std::byte* const to = room.data() + kBlobOverhead;
    std::memcpy(to, parity.data.data(), parity.data.size());
    std::memset(to + parity.data.size(), 0, size - kBlobOverhead - parity.data.size());
    return size;
}

std::optional<Parity> parse_parity(std::span<const std::byte> frame) {
    const std::optional<Blob> blob = parse_blob(frame);
    if (!blob) return std::nullopt;
    const Parity parity{static_cast<std::uint8_t>(blob->fields),
                        static_cast<std::uint8_t>(blob->fields >> kIndexShift),
                        static_cast<std::uint8_t>(blob->fields >> kParityCountShift), blob->data};
    if (!is_valid(parity)) return std::nullopt;
    return parity;
}

}  // namespace mcast::wire
