#include "tools/mcast/audience.hpp"

#include <gtest/gtest.h>

#include <array>

namespace mcast::cli {
namespace {

ReceiverInfo receiver(std::uint64_t id, std::uint64_t acknowledged, std::uint64_t lost = 0) {
    ReceiverInfo info;
    info.peer = PeerId{id};
    info.peer_name = "pad-" + std::to_string(id);
    info.first = 1;
    info.acknowledged = acknowledged;
    info.lost = lost;
    return info;
}

TEST(Audience, NobodyLacksNothing) {
    const Audience audience;
    EXPECT_TRUE(audience.is_complete(10));
    EXPECT_TRUE(audience.complaints(10).empty());
}

TEST(Audience, SaysWhoLacksHowMuch) {
    Audience audience;
    audience.update(std::array{receiver(1, 10), receiver(2, 7)});
    EXPECT_FALSE(audience.is_complete(10));
    ASSERT_EQ(audience.complaints(10).size(), 1u);
    EXPECT_EQ(audience.complaints(10)[0], "pad-2 (0000000000000002) lacks the last 3 datagrams");
    audience.update(std::array{receiver(1, 10), receiver(2, 10)});
    EXPECT_TRUE(audience.is_complete(10));
}

TEST(Audience, RemembersWhoLeft) {
    Audience audience;
    audience.update(std::array{receiver(1, 10), receiver(2, 9)});
    audience.update(std::array{receiver(1, 10)});
    EXPECT_FALSE(audience.is_complete(10));
    EXPECT_EQ(audience.complaints(10)[0],
              "pad-2 (0000000000000002) left and lacks the last 1 datagram");
}

TEST(Audience, WhoGaveDatagramsUpIsNotComplete) {
    Audience audience;
    audience.update(std::array{receiver(1, 10, 2)});
    EXPECT_FALSE(audience.is_complete(10));
    EXPECT_EQ(audience.complaints(10)[0],
              "pad-1 (0000000000000001) gave up 2 datagrams on the way");
}

TEST(Audience, JsonHasEachOfThem) {
    Audience audience;
    audience.update(std::array{receiver(1, 4)});
    JsonWriter json;
    audience.write(json, 10);
    EXPECT_EQ(json.text(),
              R"([{"id":"0000000000000001","name":"pad-1","acknowledged":4,"lacking":6,"lost":0,)"
              R"("missed":0,"lagging":false,"left":false}])");
}

}  // namespace
}  // namespace mcast::cli
