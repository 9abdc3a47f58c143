#include "transports/dpdk/checksum.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.hpp"
#include "tests/unit/transports/frame_bytes.hpp"
#include "transports/dpdk/network_order.hpp"

namespace mcast::dpdk {
namespace {

using test::Bytes;
using test::hex;

// RFC 1071, 1: two bytes are a number, carries come in at the lower end.
std::uint16_t reference(std::span<const std::byte> bytes) {
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const auto byte = std::to_integer<std::uint32_t>(bytes[i]);
        sum += i % 2 == 0 ? byte << 8 : byte;
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return static_cast<std::uint16_t>(~sum);
}

std::uint16_t checksum(std::span<const std::byte> bytes) {
    return network_order(InternetSum().add(bytes).checksum());
}

Bytes random_bytes(Random& random, std::size_t size) {
    Bytes bytes(size);
    std::generate(bytes.begin(), bytes.end(),
                  [&] { return static_cast<std::byte>(random.next()); });
    return bytes;
}

TEST(InternetSum, IsTheSumOfTheStandardsExample) {
    EXPECT_EQ(checksum(hex("0001 f203 f4f5 f6f7")), 0xffff - 0xddf2);
}

TEST(InternetSum, IsTheReferenceAtEachLengthAndAlignment) {
    Random random(1);
    const Bytes bytes = random_bytes(random, 200);
    for (std::size_t start = 0; start < 16; ++start)
        for (std::size_t size = 0; size + start <= bytes.size(); ++size) {
            const auto part = std::span(bytes).subspan(start, size);
            ASSERT_EQ(checksum(part), reference(part)) << start << " " << size;
        }
}

TEST(InternetSum, CarriesThroughLongRunsOfOnes) {
    for (const std::size_t size : {1u, 2u, 31u, 32u, 1471u, 1472u, 65535u}) {
        const Bytes ones(size, std::byte{0xff});
        EXPECT_EQ(checksum(ones), reference(ones)) << size;
    }
}

TEST(InternetSum, AddsUpFromPiecesOfEvenSize) {
    Random random(2);
    const Bytes bytes = random_bytes(random, 1000);
    for (int round = 0; round < 200; ++round) {
        const std::size_t cut = random.below(500) * 2;
        const InternetSum rest = InternetSum().add(std::span(bytes).subspan(cut));
        EXPECT_EQ(InternetSum().add(std::span(bytes).first(cut)).add(rest).checksum(),
                  InternetSum().add(std::span(bytes)).checksum());
    }
}

TEST(InternetSum, TakesNumbersAsTheyWouldLieInMemory) {
    EXPECT_EQ(InternetSum().add(std::uint16_t{0x1234}).add(std::uint16_t{0xfedc}).checksum(),
              InternetSum().add(std::span<const std::byte>(hex("1234 fedc"))).checksum());
}

TEST(InternetSum, IsIntactWithItsChecksumAndNotWithABitFlipped) {
    Random random(3);
    Bytes bytes = random_bytes(random, 64);
    bytes = test::with_checksum(bytes, 0, 10);
    EXPECT_TRUE(InternetSum().add(std::span<const std::byte>(bytes)).is_intact());
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
        Bytes flipped = bytes;
        flipped[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
        EXPECT_FALSE(InternetSum().add(std::span<const std::byte>(flipped)).is_intact()) << bit;
    }
}

TEST(InternetSum, KnowsThePseudoHeader) {
    // RFC 768: source, destination, zero and protocol; RFC 8200, 8.1 lays them out otherwise, with
    // the same sum.
    const auto ipv4 = InternetSum().add_pseudo_header(test::address("10.0.0.1"),
                                                      test::address("239.255.1.2"), 17);
    EXPECT_EQ(
        ipv4.checksum(),
        InternetSum().add(std::span<const std::byte>(hex("0a000001 efff0102 0011"))).checksum());
    const auto ipv6 =
        InternetSum().add_pseudo_header(test::address("fe80::1"), test::address("ff02::16"), 58);
    EXPECT_EQ(ipv6.checksum(),
              InternetSum()
                  .add(std::span<const std::byte>(hex("fe800000000000000000000000000001"
                                                      "ff020000000000000000000000000016 0000003a")))
                  .checksum());
}

}  // namespace
}  // namespace mcast::dpdk
