#include "wire/fragment.hpp"

#include <algorithm>
#include <limits>

namespace mcast::wire {
namespace {

// Places in the fields of a Fragment.
constexpr unsigned kIndexShift = 32;
constexpr unsigned kCountShift = 48;

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
    const std::uint64_t fields = std::uint64_t{plan.size} | std::uint64_t{index} << kIndexShift |
                                 std::uint64_t{plan.count} << kCountShift;
    write_blob(bytes, fields, plan.length(index));
}

std::optional<Fragment> parse_fragment(std::span<const std::byte> frame) {
    const std::optional<Blob> blob = parse_blob(frame);
    if (!blob) return std::nullopt;
    Fragment fragment;
    fragment.size = static_cast<std::uint32_t>(blob->fields);
    fragment.index = static_cast<std::uint16_t>(blob->fields >> kIndexShift);
    fragment.count = static_cast<std::uint16_t>(blob->fields >> kCountShift);
    fragment.data = blob->data;
    const std::uint32_t slice = slice_of(fragment);
    if (slice == 0) return std::nullopt;
    fragment.offset = slice * fragment.index;
    return fragment;
}

}  // namespace mcast::wire
