#include "mcast/message.hpp"

#include <bytes.capnp.h>
#include <capnp/message.h>
#include <capnp/serialize.h>
#include <gtest/gtest.h>

#include <array>
#include <cstring>

#include "mcast/topic.hpp"
#include "tests/support/allocation_count.hpp"
#include "vectors.hpp"
#include "wire/frame.hpp"
#include "wire/header.hpp"

namespace mcast::wire::test {
namespace {

using mcast::detail::frame_size;
using mcast::detail::FrameReader;
using mcast::detail::RoomBuilder;

std::string_view view(capnp::Data::Reader data) {
    return {reinterpret_cast<const char*>(data.begin()), data.size()};
}

void fill(RoomBuilder& builder, std::size_t size) {
    auto data = builder.initRoot<schema::Bytes>().initData(static_cast<unsigned>(size));
    for (std::size_t i = 0; i < size; ++i)
        data[i] = static_cast<unsigned char>(i * 7);
}

// The message of a builder, framed.
Bytes frame_of(RoomBuilder& builder) {
    Bytes frame(framed_size(builder), std::byte{0xee});
    write_frame(builder, frame);
    return frame;
}

TEST(RoomBuilder, BuildsInTheRoomWithoutTheHeap) {
    alignas(8) std::array<std::byte, 256> room{};
    const mcast::test::AllocationCount allocations;
    {
        RoomBuilder builder(room);
        fill(builder, 100);
        EXPECT_TRUE(builder.in_room());
        EXPECT_EQ(framed_size(builder), 8u + 16 + 104);
    }
    EXPECT_EQ(allocations.since(), 0u);
    // What was built is still there.
    EXPECT_NE(room[16 + 1], std::byte{0});
}

TEST(RoomBuilder, OutgrowsTheRoomInFewSegments) {
    for (const std::size_t size : {300u, 5000u, 70'000u, 1'040'000u}) {
        alignas(8) std::array<std::byte, 256> room{};
        RoomBuilder builder(room);
        fill(builder, size);
        EXPECT_FALSE(builder.in_room());
        const Bytes frame = frame_of(builder);
        ASSERT_EQ(frame_size(frame), frame.size());
        FrameReader reader(frame);
        const auto data = reader.getRoot<schema::Bytes>().getData();
        ASSERT_EQ(data.size(), size);
        EXPECT_EQ(data[size - 1], static_cast<unsigned char>((size - 1) * 7));
    }
}

TEST(RoomBuilder, ManySmallPiecesTakeFewSegments) {
    alignas(8) std::array<std::byte, 64> room{};
    RoomBuilder builder(room);
    auto list = builder.initRoot<capnp::AnyPointer>().initAs<capnp::List<capnp::Data>>(20'000);
    for (unsigned i = 0; i < list.size(); ++i)
        list.init(i, 40)[39] = static_cast<unsigned char>(i);
    const auto segments = builder.getSegmentsForOutput();
    EXPECT_LE(segments.size(), 16u);
    const Bytes frame = frame_of(builder);
    FrameReader reader(frame);
    const auto read = reader.getRoot<capnp::AnyPointer>().getAs<capnp::List<capnp::Data>>();
    for (unsigned i = 0; i < read.size(); ++i)
        ASSERT_EQ(read[i][39], static_cast<unsigned char>(i));
}

TEST(RoomBuilder, TakesARoomTooSmallForAnything) {
    for (const std::size_t size : {0u, 7u, 8u}) {
        alignas(8) std::array<std::byte, 8> room{};
        RoomBuilder builder{std::span<std::byte>(room).first(size)};
        fill(builder, 10);
        EXPECT_FALSE(builder.in_room());
        const Bytes frame = frame_of(builder);
        FrameReader reader(frame);
        EXPECT_EQ(reader.getRoot<schema::Bytes>().getData().size(), 10u);
    }
}

TEST(Frame, IsWhatCapnProtoWrites) {
    for (const std::size_t size : {10u, 300u, 5000u}) {
        alignas(8) std::array<std::byte, 256> room{};
        RoomBuilder builder(room);
        fill(builder, size);
        const auto words = capnp::messageToFlatArray(builder);
        const auto expected = std::as_bytes(std::span(words.begin(), words.size()));
        EXPECT_EQ(frame_of(builder), Bytes(expected.begin(), expected.end()));
    }
}

TEST(Frame, TableOfOneSegment) {
    const Bytes message = bytes_message("something");
    std::array<std::byte, 8> table{};
    write_segment_table(table, message.size() - 8);
    EXPECT_EQ(std::memcmp(table.data(), message.data(), 8), 0);
}

TEST(Frame, SizeIsThatOfTheWholeMessage) {
    Bytes message = bytes_message("something");
    const std::size_t size = message.size();
    EXPECT_EQ(frame_size(message), size);
    message.resize(size + 100);
    EXPECT_EQ(frame_size(message), size);
    for (std::size_t cut = 0; cut < size; ++cut)
        EXPECT_EQ(frame_size(std::span(message).first(cut)), 0u);
}

TEST(Frame, HostileTablesHaveNoSize) {
    // Tables of up to 64 segments, whose sizes together are far more than there is.
    for (const std::uint32_t count : {1u, 2u, 3u, 63u, 64u, 65u, 0xffffffffu, 0u}) {
        for (const std::uint32_t words : {0xffffffffu, 0x80000000u, 0x20000000u, 100u}) {
            Bytes bytes(512);
            overwrite(bytes, 0, count - 1);
            for (std::size_t at = 4; at + 4 <= bytes.size(); at += 4)
                overwrite(bytes, at, words);
            EXPECT_EQ(frame_size(bytes), 0u) << count << " of " << words;
        }
    }
}

TEST(Frame, HasAtMost64Segments) {
    for (const std::uint32_t count : {64u, 65u}) {
        Bytes bytes((count / 2 + 1) * 8 + 8);
        overwrite(bytes, 0, count - 1);
        overwrite(bytes, 4, std::uint32_t{1});  // the others are empty
        EXPECT_EQ(frame_size(bytes), count == 64 ? bytes.size() : 0);
    }
}

TEST(FrameReader, ReadsOneSegmentWithoutTheHeap) {
    const Bytes message = bytes_message("read where it lies");
    const mcast::test::AllocationCount allocations;
    FrameReader reader(message);
    const auto data = reader.getRoot<schema::Bytes>().getData();
    EXPECT_EQ(view(data), "read where it lies");
    EXPECT_EQ(allocations.since(), 0u);
    EXPECT_EQ(reinterpret_cast<const std::byte*>(data.begin()), message.data() + 24);
}

TEST(FrameReader, HasNoSegmentsBeyondTheTable) {
    const Bytes message = bytes_message("something");
    FrameReader reader(message);
    EXPECT_EQ(reader.getSegment(0).size(), message.size() / 8 - 1);
    for (const unsigned id : {1u, 2u, 63u, 64u, 0xffffffffu})
        EXPECT_EQ(reader.getSegment(id).begin(), nullptr);
}

TEST(FrameReader, OfAFrameThatIsNotWholeHasNoRoot) {
    const Bytes message = bytes_message("something");
    for (std::size_t cut = 0; cut < message.size(); ++cut) {
        FrameReader reader{std::span<const std::byte>(message).first(cut)};
        EXPECT_EQ(reader.getSegment(0).begin(), nullptr);
        EXPECT_THROW(static_cast<void>(reader.getRoot<schema::Bytes>()), kj::Exception);
    }
}

TEST(FrameWalker, GivesEachMessage) {
    const std::array messages{bytes_message("one"), bytes_message("two"), bytes_message("three")};
    Bytes all;
    for (const Bytes& message : messages)
        all.insert(all.end(), message.begin(), message.end());
    FrameWalker walker(all, 3);
    for (const Bytes& message : messages) {
        const auto frame = walker.next();
        EXPECT_EQ(Bytes(frame.begin(), frame.end()), message);
    }
    EXPECT_TRUE(walker.next().empty());
    EXPECT_EQ(walker.remaining(), 0);
}

TEST(FrameWalker, StopsAtAMalformedMessage) {
    Bytes bytes = bytes_message("one");
    const std::size_t first = bytes.size();
    const Bytes second = bytes_message("two");
    bytes.insert(bytes.end(), second.begin(), second.end());
    overwrite(bytes, first + 4, std::uint32_t{1000});
    FrameWalker walker(bytes, 3);
    EXPECT_EQ(walker.next().size(), first);
    EXPECT_TRUE(walker.next().empty());
    EXPECT_TRUE(walker.next().empty());
    EXPECT_EQ(walker.remaining(), 2);
}

TEST(FrameWalker, LeavesPaddingAlone) {
    Bytes bytes = bytes_message("one");
    const std::size_t first = bytes.size();
    bytes.resize(first + 64);
    FrameWalker walker(bytes, 1);
    EXPECT_EQ(walker.next().size(), first);
    EXPECT_TRUE(walker.next().empty());
    EXPECT_EQ(walker.remaining(), 0);
}

TEST(BytesType, IsThatOfTheSchema) {
    EXPECT_EQ(kBytesType, capnp::typeId<schema::Bytes>());
}

}  // namespace
}  // namespace mcast::wire::test
