#include "wire/relay_control.hpp"

#include <capnp/message.h>
#include <control.capnp.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/random.hpp"
#include "mcast/message.hpp"

namespace mcast::wire::test {
namespace {

struct Room {
    alignas(8) std::array<std::byte, 1232> bytes{};  // of a datagram at the least MTU of IPv6
};

TEST(RelayControl, HelloIsReadByTheGeneratedCodeAndByUs) {
    const std::vector<std::uint64_t> keys{~std::uint64_t{0}, 1};
    Room room;
    const RelayHello hello{5, keys};
    const std::size_t size = write_relay_hello(room.bytes, hello);
    ASSERT_EQ(size, relay_hello_size(hello));
    mcast::detail::FrameReader reader(std::span<const std::byte>(room.bytes).first(size));
    const auto root = reader.getRoot<schema::RelayHello>();
    EXPECT_EQ(root.getLink(), 5u);
    EXPECT_EQ(root.getKeys()[0], ~std::uint64_t{0});

    RelayHelloRoom lists;
    const auto read = read_relay_hello(std::span<const std::byte>(room.bytes).first(size), lists);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->link, 5u);
    EXPECT_TRUE(std::equal(keys.begin(), keys.end(), read->keys.begin(), read->keys.end()));
}

TEST(RelayControl, HelloMayBeEmptyAndHasLimits) {
    Room room;
    EXPECT_GT(write_relay_hello(room.bytes, {}), 0u);
    const std::vector<std::uint64_t> keys(kRelayKeysMax + 1);
    EXPECT_EQ(write_relay_hello(room.bytes, {1, keys}), 0u);
    EXPECT_EQ(write_relay_hello(std::span(room.bytes).first(16), {}), 0u);
}

TEST(RelayControl, GarbageIsNoHello) {
    Room room;
    const std::vector<std::uint64_t> keys(kRelayKeysMax, 8);
    const std::size_t size = write_relay_hello(room.bytes, {1, keys});
    ASSERT_GT(size, 0u);
    Random random(5);
    std::size_t read = 0;
    for (int i = 0; i < 20'000; ++i) {
        Room changed = room;
        changed.bytes[random.next() % 40] = static_cast<std::byte>(random.next());
        RelayHelloRoom lists;
        const auto hello =
            read_relay_hello(std::span<const std::byte>(changed.bytes).first(size), lists);
        read += hello ? 1 : 0;
        if (hello) {
            EXPECT_LE(hello->keys.size(), kRelayKeysMax);
        }
    }
    EXPECT_GT(read, 0u);
    EXPECT_LT(read, 20'000u);
}

}  // namespace
}  // namespace mcast::wire::test
