#pragma once

#include <capnp/message.h>
#include <kj/exception.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <utility>

#include "mcast/message.hpp"
#include "wire/frame.hpp"
#include "wire/header.hpp"

// How every message of schemas/control.capnp is written and read; only for src/wire.
namespace mcast::wire {

inline constexpr std::size_t kWord = sizeof(capnp::word);
// Segment table and root pointer.
inline constexpr std::size_t kFraming = 2 * kWord;

template <typename Root>
constexpr std::size_t struct_size() {
    return capnp::sizeInWords<Root>() * kWord;
}

// Builds a message of exactly `size` bytes, framing included; 0 if the room is less.
template <typename Root, typename Fill>
std::size_t write_control(std::span<std::byte> room, std::size_t size, Fill&& fill) {
    if (size > room.size()) return 0;
    const std::span<std::byte> segment = room.subspan(kWord, size - kWord);
    std::memset(segment.data(), 0, segment.size());
    mcast::detail::RoomBuilder builder(segment);
    fill(builder.template initRoot<Root>());
    MCAST_ASSERT(builder.in_room(), "a control message takes the size that was computed for it");
    write_segment_table(room.first<kWord>(), segment.size());
    return size;
}

// What `decode` makes of the root of a message in one segment.
template <typename Root, typename Decode>
auto read_control(std::span<const std::byte> frame, Decode&& decode)
    -> decltype(decode(std::declval<typename Root::Reader>())) {
    const std::size_t size = mcast::detail::frame_size(frame);
    // Cap'n Proto would allocate for a second segment.
    if (size == 0 || layout::load<std::uint32_t>(frame.data(), 0) != 0) return std::nullopt;
    try {
        mcast::detail::FrameReader reader(frame.first(size));
        return decode(reader.template getRoot<Root>());
    } catch (const kj::Exception&) {
        return std::nullopt;
    }
}

}  // namespace mcast::wire
