#include "wire/blob.hpp"

#include "wire/header.hpp"

namespace mcast::wire {
namespace {

// Places in a blob as we write it, from its segment table on.
constexpr std::size_t kRootAt = 8;
constexpr std::size_t kFieldsAt = 16;
constexpr std::size_t kListAt = 24;
static_assert(kListAt + 8 == kBlobOverhead);

// Pointers of Cap'n Proto: the two lowest bits say what kind, 30 bits the signed offset in words.
constexpr std::uint32_t kListPointer = 1;
constexpr std::uint32_t kByteElements = 2;

// Where the bytes of a list pointer at word `at` of `segment` lie; empty if it is another pointer
// or leads out of the segment.
std::span<const std::byte> list_bytes(std::span<const std::byte> segment, std::size_t at) {
    const auto low = layout::load<std::uint32_t>(segment.data(), at * 8);
    const auto high = layout::load<std::uint32_t>(segment.data(), at * 8 + 4);
    if ((low & 3) != kListPointer || (high & 7) != kByteElements) return {};
    const std::int64_t target =
        static_cast<std::int64_t>(at) + 1 + (static_cast<std::int32_t>(low) >> 2);
    const std::size_t length = high >> 3;
    const std::size_t words = segment.size() / 8;
    if (target < 0 || static_cast<std::size_t>(target) > words) return {};
    const std::size_t start = static_cast<std::size_t>(target) * 8;
    if (length > segment.size() - start) return {};
    return segment.subspan(start, length);
}

}  // namespace

void write_blob(std::span<std::byte, kBlobOverhead> bytes, std::uint64_t fields,
                std::uint32_t length) {
    std::byte* const to = bytes.data();
    layout::store(to, 0, std::uint32_t{0});  // one segment
    layout::store(to, 4, 3 + (length + 7) / 8);
    layout::store(to, kRootAt, std::uint32_t{0});      // a struct, right behind,
    layout::store(to, kRootAt + 4, std::uint16_t{1});  // of one data word
    layout::store(to, kRootAt + 6, std::uint16_t{1});  // and one pointer
    layout::store(to, kFieldsAt, fields);
    layout::store(to, kListAt, kListPointer);
    layout::store(to, kListAt + 4, length << 3 | kByteElements);
}

std::optional<Blob> parse_blob(std::span<const std::byte> frame) {
    if (frame.size() < kBlobOverhead) return std::nullopt;
    const std::byte* const from = frame.data();
    if (layout::load<std::uint32_t>(from, 0) != 0) return std::nullopt;
    const std::uint64_t words = layout::load<std::uint32_t>(from, 4);
    if (words > frame.size() / 8 - 1) return std::nullopt;
    if (layout::load<std::uint32_t>(from, kRootAt) != 0) return std::nullopt;
    const std::size_t data_words = layout::load<std::uint16_t>(from, kRootAt + 4);
    const std::size_t pointers = layout::load<std::uint16_t>(from, kRootAt + 6);
    if (data_words < 1 || pointers < 1 || 1 + data_words + pointers > words) return std::nullopt;
    return Blob{layout::load<std::uint64_t>(from, kFieldsAt),
                list_bytes(frame.subspan(8, static_cast<std::size_t>(words) * 8), 1 + data_words)};
}

}  // namespace mcast::wire
