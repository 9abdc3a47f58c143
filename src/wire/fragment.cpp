#include "wire/fragment.hpp"

#include <algorithm>
#include <limits>

namespace mcast::wire {
namespace {

// Places in a Fragment as we write it, from its segment table on.
constexpr std::size_t kRootAt = 8;
constexpr std::size_t kFieldsAt = 16;
constexpr std::size_t kListAt = 24;
static_assert(kListAt + 8 == kFragmentOverhead);

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

// The bytes in each fragment but the last, or 0 if the fields contradict each other.
std::uint32_t slice_of(const Fragment& fragment) {
    const auto length = static_cast<std::uint32_t>(fragment.data.size());
    if (fragment.count < 2 || fragment.index >= fragment.count) return 0;
    if (fragment.size % 8 != 0 || length == 0 || length >= fragment.size) return 0;
    const std::uint32_t before_last = fragment.count - 1u;
    const bool last = fragment.index == before_last;
    if (last && (fragment.size - length) % before_last != 0) return 0;
    const std::uint32_t slice = last ? (fragment.size - length) / before_last : length;
    if (slice == 0 || slice % 8 != 0) return 0;
    // What is left for the last one is something, and not more than the others have.
    const std::uint64_t others = std::uint64_t{slice} * before_last;
    return others < fragment.size && fragment.size - others <= slice ? slice : 0;
}

}  // namespace

std::optional<FragmentPlan> plan_fragments(std::uint32_t size, std::size_t datagram_max) {
    if (size < kMessageSizeMin || size % 8 != 0 || datagram_max < kFragmentDataAt + 8)
        return std::nullopt;
    const std::size_t room = (datagram_max - kFragmentDataAt) / 8 * 8;
    // At least two fragments: the first one leaves a word to the second.
    const auto slice =
        static_cast<std::uint32_t>(std::min<std::size_t>(room, (size / 2 + 7) / 8 * 8));
    const std::uint32_t count = (size - 1) / slice + 1;
    if (count > std::numeric_limits<std::uint16_t>::max()) return std::nullopt;
    return FragmentPlan{size, slice, static_cast<std::uint16_t>(count)};
}

void write_fragment(std::span<std::byte, kFragmentOverhead> bytes, const FragmentPlan& plan,
                    std::uint16_t index) {
    std::byte* const to = bytes.data();
    const std::uint32_t length = plan.length(index);
    layout::store(to, 0, std::uint32_t{0});  // one segment
    layout::store(to, 4, 3 + (length + 7) / 8);
    layout::store(to, kRootAt, std::uint32_t{0});      // a struct, right behind,
    layout::store(to, kRootAt + 4, std::uint16_t{1});  // of one data word
    layout::store(to, kRootAt + 6, std::uint16_t{1});  // and one pointer
    layout::store(to, kFieldsAt, plan.size);
    layout::store(to, kFieldsAt + 4, index);
    layout::store(to, kFieldsAt + 6, plan.count);
    layout::store(to, kListAt, kListPointer);
    layout::store(to, kListAt + 4, length << 3 | kByteElements);
}

std::optional<Fragment> parse_fragment(std::span<const std::byte> frame) {
    if (frame.size() < kFragmentOverhead) return std::nullopt;
    const std::byte* const from = frame.data();
    if (layout::load<std::uint32_t>(from, 0) != 0) return std::nullopt;
    const std::uint64_t words = layout::load<std::uint32_t>(from, 4);
    if (words > frame.size() / 8 - 1) return std::nullopt;
    if (layout::load<std::uint32_t>(from, kRootAt) != 0) return std::nullopt;
    const std::size_t data_words = layout::load<std::uint16_t>(from, kRootAt + 4);
    const std::size_t pointers = layout::load<std::uint16_t>(from, kRootAt + 6);
    if (data_words < 1 || pointers < 1 || 1 + data_words + pointers > words) return std::nullopt;

    Fragment fragment;
    fragment.size = layout::load<std::uint32_t>(from, kFieldsAt);
    fragment.index = layout::load<std::uint16_t>(from, kFieldsAt + 4);
    fragment.count = layout::load<std::uint16_t>(from, kFieldsAt + 6);
    fragment.data =
        list_bytes(frame.subspan(8, static_cast<std::size_t>(words) * 8), 1 + data_words);
    const std::uint32_t slice = slice_of(fragment);
    if (slice == 0) return std::nullopt;
    fragment.offset = slice * fragment.index;
    return fragment;
}

}  // namespace mcast::wire
