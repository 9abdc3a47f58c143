#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace mcast::wire {

// Bytes that a blob takes beside its data: segment table, root pointer, fields, list pointer.
inline constexpr std::size_t kBlobOverhead = 32;

// A message in one segment whose struct has one word of fields and one list of bytes: what
// Fragment and Parity are. The fields are laid over the word as Cap'n Proto does.
struct Blob {
    std::uint64_t fields = 0;
    std::span<const std::byte> data;
};

// Writes what comes before `length` bytes of data, which follow at once.
void write_blob(std::span<std::byte, kBlobOverhead> bytes, std::uint64_t fields,
                std::uint32_t length);

// Reads a framed message; nothing if it is not a blob: more segments than one, no such struct, or
// data that leads out of the frame. Data of another type is empty. Accepts a longer struct. Any
// alignment.
[[nodiscard]] std::optional<Blob> parse_blob(std::span<const std::byte> frame);

}  // namespace mcast::wire
