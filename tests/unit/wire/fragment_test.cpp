#include "wire/fragment.hpp"

#include <capnp/message.h>
#include <capnp/serialize.h>
#include <gtest/gtest.h>
#include <wire.capnp.h>

#include <cstring>

#include "vectors.hpp"

namespace mcast::wire::test {
namespace {

// A Fragment as Cap'n Proto's own code writes it.
Bytes generated(std::uint32_t size, std::uint16_t index, std::uint16_t count,
                std::span<const std::byte> data) {
    capnp::MallocMessageBuilder builder;
    auto root = builder.initRoot<schema::Fragment>();
    root.setSize(size);
    root.setIndex(index);
    root.setCount(count);
    root.setData(kj::arrayPtr(reinterpret_cast<const unsigned char*>(data.data()), data.size()));
    const auto words = capnp::messageToFlatArray(builder);
    const auto bytes = std::as_bytes(std::span(words.begin(), words.size()));
    return {bytes.begin(), bytes.end()};
}

// Whether a fragment with these fields and so much data is accepted.
bool accepted(std::uint32_t size, std::uint16_t index, std::uint16_t count, std::size_t length) {
    return parse_fragment(generated(size, index, count, Bytes(length))).has_value();
}

TEST(Fragment, IsTheBytesOfTheGeneratedCode) {
    const Bytes message = large_message();
    const std::vector<Bytes> datagrams = fragment_datagrams();
    ASSERT_EQ(datagrams.size(), 3u);
    for (std::uint16_t index = 0; index < 3; ++index) {
        const std::size_t offset = std::size_t{96} * index;
        const std::size_t length = std::min<std::size_t>(96, message.size() - offset);
        const Bytes frame = generated(224, index, 3, std::span(message).subspan(offset, length));
        EXPECT_EQ(Bytes(datagrams[index].begin() + kHeaderSize, datagrams[index].end()), frame);
    }
}

TEST(Fragment, RunIsTheMessageAgain) {
    const Bytes message = large_message();
    Bytes again(message.size());
    for (const Bytes& datagram : fragment_datagrams()) {
        const auto fragment = parse_fragment(std::span(datagram).subspan(kHeaderSize));
        ASSERT_TRUE(fragment);
        EXPECT_EQ(fragment->size, message.size());
        EXPECT_EQ(fragment->count, 3);
        ASSERT_LE(fragment->offset + fragment->data.size(), again.size());
        std::memcpy(again.data() + fragment->offset, fragment->data.data(), fragment->data.size());
    }
    EXPECT_EQ(again, message);
}

TEST(Fragment, PlanCoversTheMessage) {
    for (std::uint32_t size = 16; size < 6000; size += 8) {
        for (const std::size_t datagram_max : {104u, 111u, 192u, 1472u, 65507u}) {
            const auto plan = plan_fragments(size, datagram_max);
            ASSERT_TRUE(plan);
            ASSERT_GE(plan->count, 2);
            std::uint32_t covered = 0;
            for (std::uint16_t index = 0; index < plan->count; ++index) {
                ASSERT_EQ(plan->offset(index), covered);
                ASSERT_LE(kFragmentDataAt + plan->length(index), datagram_max);
                // What is planned is what a reader accepts.
                if (index == 0 || index + 1 == plan->count) {
                    Bytes frame(kFragmentOverhead + plan->length(index));
                    write_fragment(std::span(frame).first<kFragmentOverhead>(), *plan, index);
                    const auto fragment = parse_fragment(frame);
                    ASSERT_TRUE(fragment) << size << " in " << datagram_max;
                    ASSERT_EQ(fragment->offset, covered);
                }
                covered += plan->length(index);
            }
            ASSERT_EQ(covered, size);
        }
    }
}

TEST(Fragment, PlanKnowsItsLimits) {
    EXPECT_FALSE(plan_fragments(1024, kFragmentDataAt + 7));
    EXPECT_TRUE(plan_fragments(1024, kFragmentDataAt + 8));
    EXPECT_FALSE(plan_fragments(8, 1472));     // no message is that small
    EXPECT_FALSE(plan_fragments(1020, 1472));  // nor of this size
    EXPECT_TRUE(plan_fragments(8 * 65535, kFragmentDataAt + 8));
    EXPECT_FALSE(plan_fragments(8 * 65536, kFragmentDataAt + 8));
    EXPECT_FALSE(plan_fragments(0xfffffff8, 65507));
}

TEST(Fragment, FieldsMustAgree) {
    EXPECT_TRUE(accepted(224, 0, 3, 96));
    EXPECT_TRUE(accepted(224, 2, 3, 32));
    EXPECT_FALSE(accepted(224, 3, 3, 32));   // index beyond the last
    EXPECT_FALSE(accepted(224, 0, 1, 96));   // alone
    EXPECT_FALSE(accepted(224, 0, 0, 96));   // none
    EXPECT_FALSE(accepted(224, 0, 3, 0));    // empty
    EXPECT_FALSE(accepted(224, 0, 3, 92));   // not whole words
    EXPECT_FALSE(accepted(220, 0, 3, 96));   // a message of half a word
    EXPECT_FALSE(accepted(224, 0, 3, 112));  // nothing is left for the last
    EXPECT_FALSE(accepted(224, 0, 3, 72));   // more than a slice is left for the last
    EXPECT_FALSE(accepted(224, 2, 3, 40));   // slices of 92 bytes
    EXPECT_FALSE(accepted(224, 2, 3, 96));   // the last is longer than the others
    EXPECT_FALSE(accepted(96, 0, 2, 96));    // all of the message at once
    EXPECT_FALSE(accepted(0, 0, 2, 8));
}

TEST(Fragment, OfANewerWriterIsRead) {
    // Two data words and two pointers; the second pointer is the unknown one.
    Bytes frame(8 + (1 + 2 + 2 + 1) * 8);
    overwrite(frame, 4, std::uint32_t{6});
    overwrite(frame, 12, std::uint16_t{2});
    overwrite(frame, 14, std::uint16_t{2});
    overwrite(frame, 16, std::uint32_t{16});
    overwrite(frame, 22, std::uint16_t{2});
    overwrite(frame, 32, std::uint32_t{1 << 2 | 1});
    overwrite(frame, 36, std::uint32_t{8 << 3 | 2});
    overwrite(frame, 48, std::uint64_t{0x5a});
    const auto fragment = parse_fragment(frame);
    ASSERT_TRUE(fragment);
    EXPECT_EQ(fragment->data.data(), frame.data() + 48);
    EXPECT_EQ(fragment->data.size(), 8u);
}

TEST(Fragment, DataLiesInItsSegment) {
    const Bytes good = fragment_datagrams().front();
    const Bytes frame(good.begin() + kHeaderSize, good.end());
    for (const std::int32_t offset : {-5, -0x20000000, 1, 2, 12, 0x1fffffff}) {
        Bytes bad = frame;
        overwrite(bad, 24, static_cast<std::uint32_t>(offset) << 2 | 1);
        EXPECT_FALSE(parse_fragment(bad)) << offset;
    }
}

}  // namespace
}  // namespace mcast::wire::test
