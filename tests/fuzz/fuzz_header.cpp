// A whole datagram, as it comes from the network, read as far as src/wire goes.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "mcast/assert.hpp"
#include "tests/unit/wire/verdict.hpp"
#include "wire/header.hpp"

using namespace mcast::wire;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto datagram = std::as_bytes(std::span(data, size));
    const auto verdict = test::verdict(datagram);
    const ParsedHeader parsed = parse_header(datagram);
    MCAST_ASSERT(verdict != "ok" || parsed, "what is accepted has a header");
    if (!parsed) return 0;

    MCAST_ASSERT(parsed.size <= size && parsed.size <= kHeaderSizeMax && parsed.size % 8 == 0,
                 "a header lies within its datagram");
    MCAST_ASSERT(parsed.header.message_count * kMessageSizeMin <= size - parsed.size,
                 "the messages could fit");
    // What was understood and is written again, is the same.
    std::vector<std::byte> again(kHeaderSize);
    write_header(std::span(again).first<kHeaderSize>(), parsed.header);
    MCAST_ASSERT(std::memcmp(datagram.data() + 16, again.data() + 16, 48) == 0,
                 "a header is written as it was read");
    return 0;
}
