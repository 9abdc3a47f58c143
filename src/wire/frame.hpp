#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "mcast/message.hpp"

namespace mcast::wire {

// Writes the segment table of a message that is one segment of `size` bytes (a multiple of 8): the
// 8 bytes before it.
void write_segment_table(std::span<std::byte, 8> table, std::size_t size);

// Bytes of the builder's message in stream framing, however many segments it has.
[[nodiscard]] std::size_t framed_size(mcast::detail::RoomBuilder& builder);
// Copies the builder's message in stream framing into `to`, which has exactly framed_size() bytes.
void write_frame(mcast::detail::RoomBuilder& builder, std::span<std::byte> to);

// Walks the messages of a datagram.
class FrameWalker {
public:
    // `bytes`: what follows the header; `count`: the header's message_count.
    FrameWalker(std::span<const std::byte> bytes, std::uint16_t count)
        : rest_(bytes), remaining_(count) {}

    // The next message in stream framing; empty at the end, and after a malformed one, behind which
    // nothing can be found.
    [[nodiscard]] std::span<const std::byte> next();
    // How many messages next() has not given. At the end: how many were malformed or missing.
    [[nodiscard]] std::uint16_t remaining() const { return remaining_; }

private:
    std::span<const std::byte> rest_;
    std::uint16_t remaining_;
};

}  // namespace mcast::wire
