// What follows a header of kind data or fragment: framed messages, walked, and read to their
// depths as a user's getters would.

#include <bytes.capnp.h>
#include <capnp/any.h>
#include <kj/exception.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include "mcast/assert.hpp"
#include "wire/fragment.hpp"
#include "wire/frame.hpp"

using namespace mcast::wire;

namespace {

void read_all(std::span<const std::byte> frame) {
    try {
        mcast::detail::FrameReader reader(frame);
        const auto root = reader.getRoot<capnp::AnyPointer>();
        static_cast<void>(root.targetSize());
        volatile unsigned char sum = 0;
        for (const unsigned char byte : reader.getRoot<mcast::schema::Bytes>().getData())
            sum = static_cast<unsigned char>(sum ^ byte);
    } catch (const kj::Exception&) {
        // As drain() does.
    }
}

void check_fragment(std::span<const std::byte> frame) {
    const auto fragment = parse_fragment(frame);
    if (!fragment) return;
    MCAST_ASSERT(fragment->data.data() >= frame.data() &&
                     fragment->data.data() + fragment->data.size() <= frame.data() + frame.size(),
                 "the data of a fragment lies in its datagram");
    MCAST_ASSERT(fragment->offset <= fragment->size &&
                     fragment->data.size() <= fragment->size - fragment->offset,
                 "the data of a fragment lies in its message");
    MCAST_ASSERT(fragment->offset % 8 == 0 && fragment->index < fragment->count,
                 "a fragment has its place");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto bytes = std::as_bytes(std::span(data, size));
    FrameWalker walker(bytes, std::numeric_limits<std::uint16_t>::max());
    std::size_t walked = 0;
    for (auto frame = walker.next(); !frame.empty(); frame = walker.next()) {
        MCAST_ASSERT(frame.data() == bytes.data() + walked, "messages follow each other");
        walked += frame.size();
        MCAST_ASSERT(walked <= size, "messages lie in their datagram");
        read_all(frame);
    }
    check_fragment(bytes);
    return 0;
}
