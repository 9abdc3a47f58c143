#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "wire/blob.hpp"
#include "wire/header.hpp"

namespace mcast::wire {

// Bytes that a Fragment takes beside its data.
inline constexpr std::size_t kFragmentOverhead = kBlobOverhead;
// Where the data of a fragment begins in a datagram as we write it.
inline constexpr std::size_t kFragmentDataAt = kHeaderSize + kFragmentOverhead;

// How a message of `size` bytes is cut into `count` fragments of `slice` bytes, the last one less.
struct FragmentPlan {
    std::uint32_t size = 0;
    std::uint32_t slice = 0;
    std::uint16_t count = 0;

    [[nodiscard]] std::uint32_t offset(std::uint16_t index) const { return slice * index; }
    // Bytes of data in fragment `index`.
    [[nodiscard]] std::uint32_t length(std::uint16_t index) const {
        return index + 1u < count ? slice : size - offset(index);
    }
};

// Cuts a framed message of `size` bytes (a multiple of 8) for datagrams of at most `datagram_max`
// bytes, header included. Nothing if it would take more than 65535 fragments or none can hold
// 8 bytes. A message that fits one fragment becomes two: a single one is not allowed.
[[nodiscard]] std::optional<FragmentPlan> plan_fragments(std::uint32_t size,
                                                         std::size_t datagram_max);

// Writes what comes before the data of fragment `index`; the data follows at once.
void write_fragment(std::span<std::byte, kFragmentOverhead> bytes, const FragmentPlan& plan,
                    std::uint16_t index);

// A fragment as it arrived, checked against itself: the data lies within the message.
struct Fragment {
    std::uint32_t size = 0;    // of the whole message, framing included
    std::uint16_t index = 0;   // below count
    std::uint16_t count = 0;   // 2 or more
    std::uint32_t offset = 0;  // of the data within the message
    std::span<const std::byte> data;
};

// Reads the message behind a header of kind Fragment; nothing if it is malformed: not a Fragment in
// one segment, or fields that contradict each other. Accepts a longer struct. Any alignment.
[[nodiscard]] std::optional<Fragment> parse_fragment(std::span<const std::byte> frame);

}  // namespace mcast::wire
