#include "wire/frame.hpp"

#include <cstring>

#include "wire/header.hpp"

namespace mcast::wire {

void write_segment_table(std::span<std::byte, 8> table, std::size_t size) {
    layout::store(table.data(), 0, std::uint32_t{0});
    layout::store(table.data(), 4, static_cast<std::uint32_t>(size / 8));
}

std::size_t framed_size(mcast::detail::RoomBuilder& builder) {
    const auto segments = builder.getSegmentsForOutput();
    std::size_t size = (segments.size() / 2 + 1) * 8;
    for (const auto& segment : segments)
        size += segment.size() * 8;
    return size;
}

void write_frame(mcast::detail::RoomBuilder& builder, std::span<std::byte> to) {
    const auto segments = builder.getSegmentsForOutput();
    MCAST_ASSERT(segments.size() > 0, "a message has a root before it is written");
    MCAST_ASSERT(to.size() == framed_size(builder), "a frame is written into exactly its size");
    std::size_t at = (segments.size() / 2 + 1) * 8;
    // An even number of segments leaves half a word at the end of the table.
    layout::store(to.data(), at - 4, std::uint32_t{0});
    layout::store(to.data(), 0, static_cast<std::uint32_t>(segments.size() - 1));
    for (std::size_t id = 0; id < segments.size(); ++id) {
        const auto& segment = segments[id];
        layout::store(to.data(), 4 + 4 * id, static_cast<std::uint32_t>(segment.size()));
        std::memcpy(to.data() + at, segment.begin(), segment.size() * 8);
        at += segment.size() * 8;
    }
}

std::span<const std::byte> FrameWalker::next() {
    if (remaining_ == 0) return {};
    const std::size_t size = mcast::detail::frame_size(rest_);
    if (size == 0) {
        rest_ = {};
        return {};
    }
    --remaining_;
    const std::span<const std::byte> frame = rest_.first(size);
    rest_ = rest_.subspan(size);
    return frame;
}

}  // namespace mcast::wire
