#include "mcast/message.hpp"

#include <algorithm>
#include <cstring>

namespace mcast::detail {
namespace {

// Cap'n Proto's own limits for readers, named: words that may be looked at, which stops messages
// whose pointers lead to the same place again and again, and depth of nesting, which saves the
// stack.
constexpr std::uint64_t kTraversalLimit = 8 * 1024 * 1024;
constexpr int kNestingLimit = 64;
// First segment on the heap: large enough that a message of 1 MiB takes a handful of them.
constexpr std::size_t kExtraWordsMin = 512;

std::uint32_t load_u32(std::span<const std::byte> bytes, std::size_t offset) {
    std::uint32_t value;
    std::memcpy(&value, bytes.data() + offset, sizeof value);
    return value;
}

// The segment table says how many segments there are, less one, then the words of each, and ends
// at a whole word.
constexpr std::size_t table_size(std::size_t segment_count) {
    return (segment_count / 2 + 1) * 8;
}

constexpr capnp::ReaderOptions kReaderOptions{kTraversalLimit, kNestingLimit};

// Segment `id` of a frame; empty if the frame has no such segment or is not whole.
kj::ArrayPtr<const capnp::word> find_segment(std::span<const std::byte> frame, unsigned id) {
    if (frame.size() < 8) return nullptr;
    const std::size_t count = std::size_t{load_u32(frame, 0)} + 1;
    if (id >= count || count > kSegmentsMax || table_size(count) > frame.size()) return nullptr;
    std::size_t offset = table_size(count);
    for (unsigned before = 0; before < id; ++before)
        offset += std::size_t{load_u32(frame, 4 + 4 * before)} * 8;
    const std::size_t words = load_u32(frame, 4 + std::size_t{4} * id);
    if (offset > frame.size() || words > (frame.size() - offset) / 8) return nullptr;
    return {reinterpret_cast<const capnp::word*>(frame.data() + offset), words};
}

}  // namespace

RoomBuilder::~RoomBuilder() noexcept(false) = default;

kj::ArrayPtr<capnp::word> RoomBuilder::allocateSegment(unsigned minimum_words) {
    const std::size_t room_words = room_.size() / sizeof(capnp::word);
    if (!room_taken_ && extra_.empty() && minimum_words <= room_words) {
        room_taken_ = true;
        return {reinterpret_cast<capnp::word*>(room_.data()), room_words};
    }
    // Twice the last one, so that a message of any size has few segments. Growth of the outer
    // vector moves the inner ones, whose words stay where they are.
    const std::size_t previous = extra_.empty() ? room_words : extra_.back().size();
    const std::size_t words = std::max({std::size_t{minimum_words}, 2 * previous, kExtraWordsMin});
    extra_.emplace_back(words);
    return {extra_.back().data(), words};
}

FrameReader::FrameReader(std::span<const std::byte> frame)
    : MessageReader(kReaderOptions), first_(find_segment(frame, 0)), frame_(frame) {}

FrameReader::~FrameReader() noexcept(false) = default;

kj::ArrayPtr<const capnp::word> FrameReader::getSegment(unsigned id) {
    return id == 0 ? first_ : find_segment(frame_, id);
}

std::size_t frame_size_of_many(std::span<const std::byte> bytes) {
    if (bytes.size() < 8) return 0;
    const std::uint64_t count = std::uint64_t{load_u32(bytes, 0)} + 1;
    if (count > kSegmentsMax) return 0;
    const std::size_t table = table_size(static_cast<std::size_t>(count));
    if (table > bytes.size()) return 0;
    // Without a first word there is no root pointer.
    if (load_u32(bytes, 4) == 0) return 0;
    // 64 segments of 2^32 words do not overflow 64 bits.
    std::uint64_t words = 0;
    for (std::size_t id = 0; id < count; ++id)
        words += load_u32(bytes, 4 + 4 * id);
    return words <= (bytes.size() - table) / 8 ? table + static_cast<std::size_t>(words) * 8 : 0;
}

}  // namespace mcast::detail
