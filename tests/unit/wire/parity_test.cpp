#include "wire/parity.hpp"

#include <capnp/message.h>
#include <capnp/serialize.h>
#include <gtest/gtest.h>
#include <wire.capnp.h>

#include "vectors.hpp"

namespace mcast::wire::test {
namespace {

// A Parity as Cap'n Proto's own code writes it.
Bytes generated(const Parity& parity) {
    // All in one segment, also the largest.
    capnp::MallocMessageBuilder builder(static_cast<unsigned>(parity.data.size() / 8 + 8));
    auto root = builder.initRoot<schema::Parity>();
    root.setCount(parity.count);
    root.setIndex(parity.index);
    root.setParityCount(parity.parity_count);
    const auto* data = reinterpret_cast<const unsigned char*>(parity.data.data());
    root.setData(kj::arrayPtr(data, parity.data.size()));
    const auto words = capnp::messageToFlatArray(builder);
    const auto bytes = std::as_bytes(std::span(words.begin(), words.size()));
    return {bytes.begin(), bytes.end()};
}

Bytes some_bytes(std::size_t size) {
    Bytes bytes(size);
    for (std::size_t i = 0; i < size; ++i)
        bytes[i] = static_cast<std::byte>(i * 7 + 1);
    return bytes;
}

// Whether such a piece is written, and whether it is read: always the same.
bool accepted(unsigned count, unsigned index, unsigned parity_count, std::size_t size) {
    const Bytes data(size);
    const Parity parity{static_cast<std::uint8_t>(count), static_cast<std::uint8_t>(index),
                        static_cast<std::uint8_t>(parity_count), data};
    Bytes room(parity_size(size));
    const bool written = write_parity(room, parity) == room.size();
    EXPECT_EQ(parse_parity(generated(parity)).has_value(), written);
    return written;
}

TEST(Parity, IsTheBytesOfTheGeneratedCode) {
    for (std::size_t size = kParityDataMin; size < kParityDataMin + 20; ++size) {
        const Bytes data = some_bytes(size);
        const Parity parity{16, 3, 4, data};
        Bytes room(parity_size(size) + 8, std::byte{0xee});
        ASSERT_EQ(write_parity(room, parity), parity_size(size));
        EXPECT_EQ(Bytes(8, std::byte{0xee}), Bytes(room.end() - 8, room.end()));
        room.resize(parity_size(size));
        EXPECT_EQ(room, generated(parity));
        const auto read = parse_parity(room);
        ASSERT_TRUE(read);
        EXPECT_EQ(read->count, 16);
        EXPECT_EQ(read->index, 3);
        EXPECT_EQ(read->parity_count, 4);
        EXPECT_EQ(Bytes(read->data.begin(), read->data.end()), data);
    }
}

TEST(Parity, KeepsItsLimits) {
    EXPECT_TRUE(accepted(1, 0, 1, kParityDataMin));
    EXPECT_TRUE(accepted(64, 15, 16, kParityDataMax));
    EXPECT_FALSE(accepted(0, 0, 1, 100));
    EXPECT_FALSE(accepted(65, 0, 1, 100));
    EXPECT_FALSE(accepted(1, 0, 0, 100));
    EXPECT_FALSE(accepted(1, 1, 1, 100));
    EXPECT_FALSE(accepted(1, 0, 17, 100));
    EXPECT_FALSE(accepted(1, 16, 16, 100));
    EXPECT_FALSE(accepted(1, 0, 1, kParityDataMin - 1));
    EXPECT_FALSE(accepted(1, 0, 1, kParityDataMax + 1));
    EXPECT_FALSE(accepted(1, 0, 1, 0));
}

TEST(Parity, WritesNothingWhereItDoesNotFit) {
    const Bytes data = some_bytes(100);
    Bytes room(parity_size(100) - 1, std::byte{0xee});
    EXPECT_EQ(write_parity(room, {1, 0, 1, data}), 0u);
    EXPECT_EQ(room, Bytes(room.size(), std::byte{0xee}));
}

TEST(Parity, IsNotAFragment) {
    // The struct has the same shape: what tells them apart is the kind in the header.
    const Bytes fragment = fragment_datagrams().front();
    EXPECT_FALSE(parse_parity(std::span(fragment).subspan(kHeaderSize)));
}

}  // namespace
}  // namespace mcast::wire::test
