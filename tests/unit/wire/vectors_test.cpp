#include "vectors.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "guarded_bytes.hpp"
#include "verdict.hpp"

namespace mcast::wire::test {
namespace {

// The folder with the vectors, of the source tree.
const std::string kDirectory = MCAST_VECTORS;

std::string file_content(const std::string& name) {
    std::ifstream file(kDirectory + "/" + name, std::ios::binary);
    EXPECT_TRUE(file.is_open()) << name;
    return {std::istreambuf_iterator<char>(file), {}};
}

TEST(Vectors, AreTheFilesByteForByte) {
    const std::vector<Vector> vectors = make_vectors();
    EXPECT_GE(vectors.size(), 30u);
    for (const Vector& vector : vectors) {
        const std::string content = file_content(vector.name + ".bin");
        const auto bytes = std::as_bytes(std::span(content));
        EXPECT_EQ(Bytes(bytes.begin(), bytes.end()), vector.bytes) << vector.name;
    }
    EXPECT_EQ(file_content("index.json"), make_index(vectors));
}

TEST(Vectors, AreReadAsTheyShould) {
    GuardedBytes guarded;
    for (const Vector& vector : make_vectors())
        EXPECT_EQ(verdict(guarded.hold(vector.bytes)), vector.verdict) << vector.name;
}

// Every length of every vector: nothing reads beyond the end, and what was cut is not accepted.
TEST(Vectors, CutAnywhereAreRefused) {
    GuardedBytes guarded;
    for (const Vector& vector : make_vectors()) {
        if (vector.bytes.size() > 4096) continue;  // below
        const bool padded = vector.name == "data-padded";
        const std::size_t needed = vector.bytes.size() - (padded ? 24 : 0);
        for (std::size_t size = 0; size < vector.bytes.size(); ++size) {
            const auto cut = std::span(vector.bytes).first(size);
            const std::string_view flush = verdict(guarded.hold(cut));
            // Aligned, and with bytes behind that are not part of it.
            const std::string_view aligned = verdict(cut);
            if (size >= needed) continue;
            EXPECT_NE(flush, "ok") << vector.name << " cut to " << size;
            EXPECT_NE(aligned, "ok") << vector.name << " cut to " << size;
        }
    }
}

TEST(Vectors, LargeOneCutAnywhereIsRefused) {
    GuardedBytes guarded;
    std::size_t count = 0;
    for (const Vector& vector : make_vectors()) {
        if (vector.bytes.size() <= 4096) continue;
        ++count;
        for (std::size_t size = 0; size < vector.bytes.size(); size += 504)
            EXPECT_NE(verdict(guarded.hold(std::span(vector.bytes).first(size))), "ok");
    }
    EXPECT_EQ(count, 1u);
}

// Every byte of every good vector, changed in several ways: whatever becomes of it, nothing reads
// where it should not.
TEST(Vectors, WithAnyByteChangedAreHarmless) {
    GuardedBytes guarded;
    std::size_t refused = 0;
    for (const Vector& vector : make_vectors()) {
        if (vector.verdict != "ok") continue;
        for (std::size_t at = 0; at < vector.bytes.size(); ++at) {
            for (const int change : {0x01, 0x04, 0x80, 0xff}) {
                Bytes bytes = vector.bytes;
                bytes[at] ^= static_cast<std::byte>(change);
                refused += verdict(guarded.hold(bytes)) != "ok" ? 1 : 0;
            }
        }
    }
    EXPECT_GT(refused, 0u);
}

}  // namespace
}  // namespace mcast::wire::test
