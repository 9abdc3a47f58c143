#include "protocol/peer.hpp"

#include <gtest/gtest.h>

#include <string>

namespace mcast::protocol {
namespace {

using namespace std::chrono_literals;
using enum Peer::TopicChange;

constexpr Instant kNow{std::chrono::hours(1)};
const Endpoint kPeer4{Address::ipv4(10, 0, 0, 5), 7401};
const Endpoint kOther4{Address::ipv4(10, 0, 0, 6), 7401};
const Endpoint kPeer6{Address::ipv6({0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5}), 7401};

Path path(Way way, std::uint32_t interface = 1, std::uint8_t cost = 1, Instant heard_at = kNow,
          const Endpoint& source = kPeer4) {
    return {{interface}, way, source, cost, heard_at};
}

Peer make_peer(std::size_t topics_max = 8) {
    Peer peer(topics_max);
    peer.begin({42}, kNow);
    peer.set_interval(1s);
    return peer;
}

TEST(Peer, BeginsUpAndUnknownOtherwise) {
    Peer peer = make_peer();
    peer.set_name("pad");
    peer.on_path(path(Way::Multicast));
    peer.on_topic({.id = 1, .publishes = true}, "one", 1);
    peer.on_topics_end({1, 0, 1});
    peer.set_round_trip(1ms);
    peer.begin({43}, kNow + 1s);
    EXPECT_EQ(peer.id(), PeerId{43});
    EXPECT_EQ(peer.name(), "");
    EXPECT_EQ(peer.state(), PeerState::Up);
    EXPECT_EQ(peer.up_since(), kNow + 1s);
    EXPECT_EQ(peer.active_path(), nullptr);
    EXPECT_TRUE(peer.topics().empty());
    EXPECT_EQ(peer.round_trip(), 0ns);
    EXPECT_FALSE(peer.knows({1, 0, 1}));
    EXPECT_FALSE(peer.knows({0, 0, 1}));
}

TEST(Peer, IsSilentAndDownAfterItsOwnInterval) {
    Peer peer = make_peer();
    EXPECT_EQ(peer.silent_at(), kNow + 2500ms);
    EXPECT_EQ(peer.down_at(), kNow + 5s);
    peer.on_heard(kNow + 1s);
    EXPECT_EQ(peer.silent_at(), kNow + 3500ms);
    peer.set_interval(4s);
    EXPECT_EQ(peer.down_at(), kNow + 21s);
}

TEST(Peer, ClaimsAnIntervalWithinReason) {
    Peer peer = make_peer();
    peer.set_interval(0ns);
    EXPECT_EQ(peer.interval(), kClaimedIntervalMin);
    peer.set_interval(-1h);
    EXPECT_EQ(peer.interval(), kClaimedIntervalMin);
    peer.set_interval(24h);
    EXPECT_EQ(peer.interval(), kClaimedIntervalMax);
}

TEST(PeerPaths, TheCheapestIsActive) {
    Peer peer = make_peer();
    EXPECT_TRUE(peer.on_path(path(Way::Unicast)));
    EXPECT_EQ(peer.active_path()->way, Way::Unicast);
    EXPECT_TRUE(peer.on_path(path(Way::Broadcast)));
    EXPECT_EQ(peer.active_path()->way, Way::Broadcast);
    EXPECT_TRUE(peer.on_path(path(Way::Multicast, 2, 3)));
    EXPECT_EQ(peer.active_path()->way, Way::Multicast);
    // A cheaper interface, then the other family of the same.
    EXPECT_TRUE(peer.on_path(path(Way::Multicast, 3, 1, kNow, kPeer6)));
    EXPECT_EQ(peer.active_path()->interface, InterfaceIndex{3});
    EXPECT_TRUE(peer.on_path(path(Way::Multicast, 3, 1, kNow, kPeer4)));
    EXPECT_EQ(peer.active_path()->source, kPeer4);
    EXPECT_EQ(peer.paths().size(), 5u);
}

TEST(PeerPaths, AnEqualOneDoesNotTakeOver) {
    Peer peer = make_peer();
    peer.on_path(path(Way::Multicast, 1));
    peer.on_path(path(Way::Multicast, 2));
    EXPECT_EQ(peer.active_path()->interface, InterfaceIndex{1});
}

TEST(PeerPaths, HeardAgainIsNoChange) {
    Peer peer = make_peer();
    peer.on_path(path(Way::Multicast));
    EXPECT_FALSE(peer.on_path(path(Way::Multicast, 1, 1, kNow + 1s)));
    EXPECT_EQ(peer.paths().size(), 1u);
    EXPECT_EQ(peer.active_path()->heard_at, kNow + 1s);
    // From its second interface on our network: the group is the same.
    EXPECT_FALSE(peer.on_path(path(Way::Multicast, 1, 1, kNow + 1s, kOther4)));
}

TEST(Peer, SpeaksFromAllItsAddressesOnOneNetwork) {
    Peer peer = make_peer();
    EXPECT_FALSE(peer.speaks_from(kPeer4.address));
    peer.on_path(path(Way::Multicast));
    // The same way from its other interface takes the place of the path, not of the address.
    peer.on_path(path(Way::Multicast, 1, 1, kNow, kOther4));
    EXPECT_EQ(peer.paths().size(), 1u);
    EXPECT_TRUE(peer.speaks_from(kPeer4.address));
    EXPECT_TRUE(peer.speaks_from(kOther4.address));
    EXPECT_FALSE(peer.speaks_from(kPeer6.address));
    peer.begin(PeerId{2}, kNow);
    EXPECT_FALSE(peer.speaks_from(kPeer4.address));
}

TEST(PeerPaths, AnotherAddressMattersForUnicast) {
    Peer peer = make_peer();
    peer.on_path(path(Way::Unicast));
    EXPECT_TRUE(peer.on_path(path(Way::Unicast, 1, 1, kNow, kOther4)));
    EXPECT_EQ(peer.active_path()->source, kOther4);
    EXPECT_EQ(peer.paths().size(), 1u);
}

TEST(PeerPaths, OneThatBecameDearGivesWay) {
    Peer peer = make_peer();
    peer.on_path(path(Way::Multicast, 1, 1));
    peer.on_path(path(Way::Multicast, 2, 2));
    EXPECT_TRUE(peer.on_path(path(Way::Multicast, 1, 3)));
    EXPECT_EQ(peer.active_path()->interface, InterfaceIndex{2});
}

TEST(PeerPaths, OneThatIsNotHeardExpires) {
    Peer peer = make_peer();
    peer.on_path(path(Way::Multicast, 1, 1, kNow));
    peer.on_path(path(Way::Unicast, 1, 1, kNow + 1s));
    EXPECT_FALSE(peer.expire_paths(kNow + 2499ms));
    EXPECT_TRUE(peer.expire_paths(kNow + 2500ms));
    ASSERT_NE(peer.active_path(), nullptr);
    EXPECT_EQ(peer.active_path()->way, Way::Unicast);
    EXPECT_TRUE(peer.expire_paths(kNow + 3500ms));
    EXPECT_EQ(peer.active_path(), nullptr);
    EXPECT_FALSE(peer.expire_paths(kNow + 9s));
}

TEST(PeerPaths, ThoseOfAnInterfaceGoWithIt) {
    Peer peer = make_peer();
    peer.on_path(path(Way::Multicast, 1));
    peer.on_path(path(Way::Broadcast, 1));
    peer.on_path(path(Way::Unicast, 2));
    EXPECT_FALSE(peer.drop_interface({3}));
    EXPECT_TRUE(peer.drop_interface({1}));
    ASSERT_EQ(peer.paths().size(), 1u);
    EXPECT_EQ(peer.active_path()->interface, InterfaceIndex{2});
    EXPECT_TRUE(peer.drop_interface({2}));
    EXPECT_EQ(peer.active_path(), nullptr);
}

TEST(PeerPaths, TheCheapestAreKeptWhenThereAreTooMany) {
    Peer peer = make_peer();
    for (std::uint32_t i = 0; i < kPathsPerPeerMax; ++i)
        EXPECT_TRUE(peer.on_path(path(Way::Unicast, i + 1, 2)));
    EXPECT_FALSE(peer.on_path(path(Way::Unicast, 100, 3)));
    EXPECT_FALSE(peer.on_path(path(Way::Unicast, 101, 2)));
    EXPECT_TRUE(peer.on_path(path(Way::Multicast, 102, 3)));
    EXPECT_EQ(peer.paths().size(), kPathsPerPeerMax);
    EXPECT_EQ(peer.active_path()->interface, InterfaceIndex{102});
}

TEST(PeerTopics, AreTakenInOnce) {
    Peer peer = make_peer();
    const TopicEntry entry{.id = 7, .type_id = 3, .publishes = true};
    EXPECT_EQ(peer.on_topic(entry, "world", 1), Changed);
    EXPECT_EQ(peer.on_topic(entry, "world", 1), None);
    ASSERT_NE(peer.find_topic(7), nullptr);
    EXPECT_EQ(peer.topic_name(*peer.find_topic(7)), "world");
    EXPECT_EQ(peer.find_topic(7)->type_id, 3u);
    EXPECT_EQ(peer.find_topic(8), nullptr);
}

TEST(PeerTopics, AnotherUseIsAChange) {
    Peer peer = make_peer();
    peer.on_topic({.id = 7, .publishes = true}, "world", 1);
    EXPECT_EQ(peer.on_topic({.id = 7, .publishes = true, .subscribes = true}, "world", 2), Changed);
    EXPECT_TRUE(peer.find_topic(7)->subscribes);
    EXPECT_EQ(peer.topics().size(), 1u);
}

TEST(PeerTopics, AnotherDeliveryIsAnEntryOfItsOwn) {
    Peer peer = make_peer();
    peer.on_topic({.id = 7, .publishes = true}, "world", 1);
    EXPECT_EQ(
        peer.on_topic({.id = 7, .delivery = Delivery::Latest, .subscribes = true}, "world", 1),
        Changed);
    EXPECT_EQ(peer.topics().size(), 2u);
}

TEST(PeerTopics, ThoseNoLongerNamedGoWhenAllPartsAreHere) {
    Peer peer = make_peer();
    peer.on_topic({.id = 1}, "one", 1);
    peer.on_topic({.id = 2}, "two", 1);
    EXPECT_FALSE(peer.on_topics_end({1, 0, 1}));
    // Revision 2 comes in two parts, the second one first, and no longer names "two".
    peer.on_topic({.id = 3}, "three", 2);
    EXPECT_FALSE(peer.on_topics_end({2, 1, 2}));
    EXPECT_TRUE(peer.knows({2, 1, 2}));
    EXPECT_FALSE(peer.knows({2, 0, 2}));
    EXPECT_NE(peer.find_topic(2), nullptr);
    peer.on_topic({.id = 1}, "one", 2);
    EXPECT_TRUE(peer.on_topics_end({2, 0, 2}));
    EXPECT_EQ(peer.find_topic(2), nullptr);
    EXPECT_EQ(peer.topic_name(*peer.find_topic(1)), "one");
    EXPECT_EQ(peer.topic_name(*peer.find_topic(3)), "three");
    EXPECT_TRUE(peer.knows({2, 0, 2}));
    EXPECT_FALSE(peer.knows({3, 0, 2}));
}

TEST(PeerTopics, SixtyFourPartsAreAllAwaited) {
    Peer peer = make_peer();
    peer.on_topic({.id = 1}, "one", 1);
    peer.on_topics_end({1, 0, 1});
    for (std::uint16_t part = 0; part < 63; ++part)
        EXPECT_FALSE(peer.on_topics_end({2, part, 64}));
    EXPECT_NE(peer.find_topic(1), nullptr);
    EXPECT_TRUE(peer.on_topics_end({2, 63, 64}));
    EXPECT_EQ(peer.find_topic(1), nullptr);
}

TEST(PeerTopics, NoMoreThanThereIsRoomFor) {
    Peer peer = make_peer(2);
    EXPECT_EQ(peer.on_topic({.id = 1}, "one", 1), Changed);
    EXPECT_EQ(peer.on_topic({.id = 2}, "two", 1), Changed);
    EXPECT_EQ(peer.on_topic({.id = 3}, "three", 1), NoRoom);
    EXPECT_EQ(peer.on_topic({.id = 2, .publishes = true}, "two", 1), Changed);
    EXPECT_EQ(peer.topics().size(), 2u);
}

TEST(PeerTopics, NoLongerNameThanThereCanBe) {
    Peer peer = make_peer();
    EXPECT_EQ(peer.on_topic({.id = 1}, std::string(kTopicNameMax, 'x'), 1), Changed);
    EXPECT_EQ(peer.on_topic({.id = 2}, std::string(kTopicNameMax + 1, 'x'), 1), NoRoom);
}

// Topics that come and go use up the name store again and again.
TEST(PeerTopics, NamesAreMovedTogetherWhenTheirStoreIsFull) {
    Peer peer = make_peer(32);
    const auto name = [](std::uint64_t id) {
        return std::to_string(id) + std::string(200 + id % 50, static_cast<char>('a' + id % 26));
    };
    std::uint32_t revision = 1;
    for (std::uint64_t first = 0; first < 300; ++first, ++revision) {
        for (std::uint64_t id = first; id < first + 12; ++id)
            ASSERT_NE(peer.on_topic({.id = id}, name(id), revision), NoRoom) << id;
        ASSERT_EQ(peer.on_topics_end({revision, 0, 1}), first > 0);
        ASSERT_EQ(peer.topics().size(), 12u);
        for (const TopicEntry& topic : peer.topics())
            ASSERT_EQ(peer.topic_name(topic), name(topic.id));
    }
}

TEST(PeerTopics, NamesThatDoNotFitTogetherAreRefused) {
    Peer peer = make_peer(64);
    std::size_t stored = 0;
    for (std::uint64_t id = 0; id < 64; ++id)
        stored += peer.on_topic({.id = id}, std::string(255, 'x'), 1) == Changed;
    EXPECT_EQ(stored, kTopicNamesPerPeerMax / 255);
}

}  // namespace
}  // namespace mcast::protocol
