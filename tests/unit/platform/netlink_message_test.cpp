#include "platform/netlink_message.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"
#include "netlink_bytes.hpp"
#include "platform/address_message.hpp"
#include "platform/link_message.hpp"

namespace mcast::platform {
namespace {

// A copy without spare room, so that a read past the end is one past an allocation.
Bytes exactly(std::span<const std::byte> bytes) {
    return Bytes(bytes.begin(), bytes.end());
}

TEST(NetlinkMessageReader, TakesOneAfterTheOther) {
    const Bytes datagram =
        message(RTM_NEWLINK, Bytes(5, std::byte{1})) + message(NLMSG_DONE, Bytes(4, std::byte{2}));
    NetlinkMessageReader reader(datagram);
    const auto first = reader.next();
    ASSERT_TRUE(first);
    EXPECT_EQ(first->type, RTM_NEWLINK);
    EXPECT_EQ(first->payload.size(), 5u);
    const auto second = reader.next();
    ASSERT_TRUE(second);
    EXPECT_EQ(second->type, NLMSG_DONE);
    EXPECT_EQ(second->payload[0], std::byte{2});
    EXPECT_FALSE(reader.next());
    EXPECT_FALSE(reader.malformed());
}

TEST(NetlinkMessageReader, LastPaddingMayBeMissing) {
    Bytes datagram = message(RTM_NEWLINK, Bytes(5, std::byte{1}));
    datagram.resize(sizeof(nlmsghdr) + 5);
    NetlinkMessageReader reader(datagram);
    EXPECT_TRUE(reader.next());
    EXPECT_FALSE(reader.next());
    EXPECT_FALSE(reader.malformed());
}

TEST(NetlinkMessageReader, NoticesEveryTruncation) {
    const Bytes datagram = message(RTM_NEWLINK, Bytes(8, std::byte{1}));
    EXPECT_FALSE(NetlinkMessageReader({}).next());
    for (std::size_t length = 1; length < datagram.size(); ++length) {
        const Bytes cut = exactly(std::span(datagram).first(length));
        NetlinkMessageReader reader(cut);
        EXPECT_FALSE(reader.next()) << length;
        EXPECT_TRUE(reader.malformed()) << length;
    }
}

TEST(NetlinkMessageReader, RefusesLyingLengths) {
    const Bytes honest = message(RTM_NEWLINK, Bytes(8, std::byte{1}));
    for (const std::uint32_t lie : {0u, 1u, 15u, 25u, 0x7fffffffu, 0xfffffffdu, 0xffffffffu}) {
        Bytes datagram = honest;
        std::memcpy(datagram.data(), &lie, sizeof lie);
        NetlinkMessageReader reader(datagram);
        EXPECT_FALSE(reader.next()) << lie;
        EXPECT_TRUE(reader.malformed()) << lie;
    }
}

TEST(NetlinkAttributeReader, MasksFlagsAndReadsValues) {
    const Bytes bytes = number<std::uint32_t>(7 | NLA_F_NESTED, 0x01020304u) + text(3, "wlan0") +
                        number<std::uint8_t>(4, 9);
    NetlinkAttributeReader reader(bytes);
    auto each = reader.next();
    ASSERT_TRUE(each);
    EXPECT_EQ(each->type, 7);
    EXPECT_EQ(each->as_u32(), 0x01020304u);
    each = reader.next();
    ASSERT_TRUE(each);
    EXPECT_EQ(each->as_text(), "wlan0");
    each = reader.next();
    ASSERT_TRUE(each);
    EXPECT_EQ(each->as_u8(), 9);
    EXPECT_FALSE(each->as_u32()) << "one byte is no number of four";
    EXPECT_FALSE(reader.next());
    EXPECT_FALSE(reader.malformed());
}

TEST(NetlinkAttributeReader, TextWithoutItsEndIsAllThereIs) {
    const Bytes bytes = octets(3, {'l', 'o'}) + octets(3, {});
    NetlinkAttributeReader reader(bytes);
    EXPECT_EQ(reader.next()->as_text(), "lo");
    const auto empty = reader.next();
    EXPECT_EQ(empty->as_text(), "");
    EXPECT_FALSE(empty->as_u8());
}

TEST(NetlinkAttributeReader, RefusesLyingLengths) {
    for (const unsigned each : {0u, 1u, 3u, 9u, 0x7fffu, 0xfffdu, 0xffffu}) {
        const auto lie = static_cast<std::uint16_t>(each);
        Bytes bytes = number<std::uint32_t>(1, 1);
        std::memcpy(bytes.data(), &lie, sizeof lie);
        NetlinkAttributeReader reader(bytes);
        EXPECT_FALSE(reader.next()) << lie;
        EXPECT_TRUE(reader.malformed()) << lie;
    }
}

TEST(NetlinkReaders, StayInBoundsOnNoise) {
    Random random(1);
    std::size_t found = 0;
    for (int round = 0; round < 20000; ++round) {
        Bytes noise(static_cast<std::size_t>(random.next() % 96));
        // Small numbers, so that many lengths are plausible.
        for (std::byte& each : noise)
            each = static_cast<std::byte>(random.next() % 5 == 0 ? random.next() % 64 : 0);
        NetlinkMessageReader messages(noise);
        while (const auto each = messages.next())
            ++found;
        NetlinkAttributeReader attributes(noise);
        while (const auto each = attributes.next())
            found += 1 + each->as_text().size() + each->as_u32().value_or(0) % 2;
        found += parse_link_message(noise).has_value() + parse_address_message(noise).has_value();
    }
    EXPECT_GT(found, 1000u) << "the noise never looks like anything";
}

}  // namespace
}  // namespace mcast::platform
