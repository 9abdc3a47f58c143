#include "transports/plain/raw_packet.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

using namespace mcast;
using namespace mcast::plain;

namespace {

using Packets = std::array<RawPacket, kRawPacketsMax>;

const Endpoint kSource{Address::ipv4(10, 0, 0, 1), 5000};
const Endpoint kGroup{Address::ipv4(239, 255, 255, 250), 1900};

std::vector<std::byte> counted(std::size_t size) {
    std::vector<std::byte> bytes(size);
    for (std::size_t i = 0; i < size; ++i)
        bytes[i] = static_cast<std::byte>(i * 7 + i / 256);
    return bytes;
}

std::size_t number(const std::vector<std::byte>& bytes, std::size_t at) {
    return static_cast<std::size_t>(bytes[at]) << 8 | static_cast<std::size_t>(bytes[at + 1]);
}

// The packet as it leaves.
std::vector<std::byte> whole(const RawPacket& packet, std::span<const std::byte> payload) {
    std::vector<std::byte> bytes(
        packet.header.begin(),
        packet.header.begin() + static_cast<std::ptrdiff_t>(packet.header_size));
    const auto part = payload.subspan(packet.offset, packet.size);
    bytes.insert(bytes.end(), part.begin(), part.end());
    return bytes;
}

// RFC 1071 over an even number of bytes that hold their own checksum: zero if it is right.
std::size_t checked(std::vector<std::byte> bytes) {
    if (bytes.size() % 2 != 0) bytes.push_back({});
    std::size_t total = 0;
    for (std::size_t at = 0; at < bytes.size(); at += 2)
        total += number(bytes, at);
    while (total >> 16 != 0)
        total = (total & 0xffff) + (total >> 16);
    return 0xffff - total;
}

std::vector<std::byte> pseudo(const Endpoint& from, const Endpoint& to, std::size_t size) {
    std::vector<std::byte> bytes;
    for (const Endpoint& end : {from, to})
        for (const std::uint8_t byte : end.address.bytes())
            bytes.push_back(static_cast<std::byte>(byte));
    for (const std::size_t byte : {std::size_t{0}, std::size_t{17}, size >> 8, size & 0xff})
        bytes.push_back(static_cast<std::byte>(byte));
    return bytes;
}

// Puts the fragments together as a receiver would; the UDP datagram.
std::vector<std::byte> reassembled(const Packets& packets, std::size_t count, std::size_t mtu,
                                   std::span<const std::byte> payload) {
    std::vector<std::byte> datagram;
    for (std::size_t i = 0; i < count; ++i) {
        const std::vector<std::byte> bytes = whole(packets[i], payload);
        EXPECT_LE(bytes.size(), mtu);
        EXPECT_EQ(bytes[0], std::byte{0x45});
        EXPECT_EQ(number(bytes, 2), bytes.size());
        EXPECT_EQ(number(bytes, 4), 77u);
        EXPECT_EQ(bytes[8], std::byte{3});
        EXPECT_EQ(bytes[9], std::byte{17});
        EXPECT_EQ(checked({bytes.begin(), bytes.begin() + 20}), 0u);
        const std::size_t flags = number(bytes, 6);
        EXPECT_EQ((flags & 0x1fff) * 8, datagram.size());
        EXPECT_EQ((flags & 0x2000) != 0, i + 1 < count);
        EXPECT_EQ(flags & 0xc000, 0u);
        datagram.insert(datagram.end(), bytes.begin() + 20, bytes.end());
    }
    return datagram;
}

void check_ipv4(std::size_t size, std::size_t mtu, std::size_t packet_count) {
    const auto payload = counted(size);
    const auto packets = std::make_unique<Packets>();
    const std::size_t count = write_packets({kSource, kGroup, 3, 77, payload}, mtu, *packets);
    ASSERT_EQ(count, packet_count) << size << " through " << mtu;
    const auto datagram = reassembled(*packets, count, mtu, payload);
    ASSERT_EQ(datagram.size(), 8 + size);
    EXPECT_EQ(number(datagram, 0), 5000u);
    EXPECT_EQ(number(datagram, 2), 1900u);
    EXPECT_EQ(number(datagram, 4), 8 + size);
    EXPECT_NE(number(datagram, 6), 0u);
    EXPECT_TRUE(std::equal(payload.begin(), payload.end(), datagram.begin() + 8));
    auto summed = pseudo(kSource, kGroup, 8 + size);
    summed.insert(summed.end(), datagram.begin(), datagram.end());
    EXPECT_EQ(checked(summed), 0u);
}

}  // namespace

TEST(RawPacket, WhatFitsIsOnePacket) {
    check_ipv4(0, 1500, 1);
    check_ipv4(1, 1500, 1);
    check_ipv4(1472, 1500, 1);
}

TEST(RawPacket, WhatDoesNotIsCutAtMultiplesOfEight) {
    check_ipv4(1473, 1500, 2);
    check_ipv4(1472 + 1480, 1500, 2);
    check_ipv4(1472 + 1481, 1500, 3);
    check_ipv4(3000, 1279, 3);
    check_ipv4(65507, 1500, 45);
    check_ipv4(65507, 576, 119);
}

TEST(RawPacket, WhatNobodyCanSendIsRefused) {
    const auto packets = std::make_unique<Packets>();
    const auto refused = [&](std::size_t size, std::size_t mtu) {
        const auto payload = counted(size);
        return write_packets({kSource, kGroup, 3, 77, payload}, mtu, *packets) == 0;
    };
    EXPECT_TRUE(refused(65508, 1500));
    EXPECT_TRUE(refused(65507, 500));  // too many pieces
    EXPECT_TRUE(refused(1, 27));
    EXPECT_TRUE(refused(1, 0));
    const Endpoint six{Address::parse("fe80::1").value(), 1};
    EXPECT_EQ(write_packets({six, kGroup, 3, 77, {}}, 1500, *packets), 0u);
    EXPECT_EQ(write_packets({{}, {}, 3, 77, {}}, 1500, *packets), 0u);
}

TEST(RawPacket, Ipv6IsOnePacketOrNone) {
    const Endpoint from{Address::parse("fe80::1").value(), 5000};
    const Endpoint to{Address::parse("ff02::c").value(), 1900};
    const auto payload = counted(1452);
    const auto packets = std::make_unique<Packets>();
    ASSERT_EQ(write_packets({from, to, 9, 77, payload}, 1500, *packets), 1u);
    const auto bytes = whole(packets->front(), payload);
    ASSERT_EQ(bytes.size(), 1500u);
    EXPECT_EQ(number(bytes, 0), 0x6000u);
    EXPECT_EQ(number(bytes, 4), 1460u);
    EXPECT_EQ(bytes[6], std::byte{17});
    EXPECT_EQ(bytes[7], std::byte{9});
    auto summed = pseudo(from, to, 1460);
    summed.insert(summed.end(), bytes.begin() + 40, bytes.end());
    EXPECT_EQ(checked(summed), 0u);
    const auto larger = counted(1453);
    EXPECT_EQ(write_packets({from, to, 9, 77, larger}, 1500, *packets), 0u);
}

// A sum of ffff would be written as 0, which means that there is none.
TEST(RawPacket, ChecksumsAreNeverZero) {
    const auto packets = std::make_unique<Packets>();
    for (std::size_t value = 0; value < 65536; ++value) {
        const std::array<std::byte, 2> payload{static_cast<std::byte>(value >> 8),
                                               static_cast<std::byte>(value & 0xff)};
        ASSERT_EQ(write_packets({kSource, kGroup, 3, 77, payload}, 1500, *packets), 1u);
        const auto& header = packets->front().header;
        ASSERT_FALSE(header[26] == std::byte{0} && header[27] == std::byte{0}) << value;
    }
}
