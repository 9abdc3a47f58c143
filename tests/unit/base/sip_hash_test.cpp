#include "base/sip_hash.hpp"

#include <gtest/gtest.h>

#include <array>
#include <vector>

using namespace mcast;

namespace {

// The key of the reference implementation's vectors: bytes 0 to 15.
constexpr SipHash::Key kKey{0x0706050403020100, 0x0f0e0d0c0b0a0908};

std::vector<std::byte> counted(std::size_t size) {
    std::vector<std::byte> bytes(size);
    for (std::size_t i = 0; i < size; ++i)
        bytes[i] = static_cast<std::byte>(i);
    return bytes;
}

}  // namespace

TEST(SipHash, AgreesWithTheReferenceVectors) {
    struct Vector {
        std::size_t size;
        Fingerprint expected;
    };
    // vectors_sip128 of the reference implementation, each as two little-endian words.
    const std::array<Vector, 6> vectors{{
        {0, {0xe6a825ba047f81a3, 0x930255c71472f66d}},
        {1, {0x44af996bd8c187da, 0x45fc229b11597634}},
        {8, {0x61f55862baa9623b, 0xb49714f364e2830f}},
        {15, {0x11a8b03399e99354, 0xd9c3cf970fec087e}},
        {16, {0xbb54b067caa4e26e, 0x77052385bf1533fd}},
        {63, {0x4a83502f77d15051, 0x7cbd3f979a063e50}},
    }};
    for (const auto& [size, expected] : vectors)
        EXPECT_EQ(SipHash(kKey).add(counted(size)).finish(), expected) << size;
}

TEST(SipHash, PiecesAreTheWhole) {
    const auto bytes = counted(61);
    const Fingerprint whole = SipHash(kKey).add(bytes).finish();
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
        SipHash hash(kKey);
        hash.add(std::span(bytes).first(cut)).add(std::span(bytes).subspan(cut));
        EXPECT_EQ(hash.finish(), whole) << cut;
    }
}

TEST(SipHash, NumbersAreTheirBytes) {
    const auto bytes = counted(8);
    EXPECT_EQ(SipHash(kKey).add(std::uint64_t{0x0706050403020100}).finish(),
              SipHash(kKey).add(bytes).finish());
}

TEST(SipHash, AnotherKeyGivesAnotherHash) {
    const auto bytes = counted(20);
    EXPECT_NE(SipHash({1, 2}).add(bytes).finish(), SipHash({1, 3}).add(bytes).finish());
    EXPECT_NE(SipHash({1, 2}).add(bytes).finish(), SipHash({2, 2}).add(bytes).finish());
}

TEST(SipHash, LengthCounts) {
    const std::array<std::byte, 9> zeros{};
    for (std::size_t size = 0; size < zeros.size(); ++size) {
        EXPECT_NE(SipHash(kKey).add(std::span(zeros).first(size)).finish(),
                  SipHash(kKey).add(zeros).finish());
    }
}
