#include "protocol/peer_table.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace mcast::protocol {
namespace {

using namespace std::chrono_literals;
using Due = PeerTable::Due;

constexpr Instant kNow{std::chrono::hours(1)};
constexpr auto kNobody = [](Peer&) { FAIL() << "nobody is evicted"; };

Peer& add(PeerTable& table, std::uint64_t id, Instant now = kNow, Duration interval = 1s) {
    Peer* peer = table.add({id}, now, kNobody);
    EXPECT_NE(peer, nullptr);
    peer->set_interval(interval);
    table.note_deadline(*peer);
    return *peer;
}

struct Change {
    std::uint64_t peer;
    Due due;
    friend bool operator==(const Change&, const Change&) = default;
};

// What is due, with those that are down removed as a node does.
std::vector<Change> pass(PeerTable& table, Instant now) {
    std::vector<Change> changes;
    table.on_deadline(now, [&](Peer& peer, Due due) {
        changes.push_back({peer.id().value, due});
        if (due == Due::Down) table.remove(peer.id(), false);
    });
    return changes;
}

TEST(PeerTable, FindsWhatItHolds) {
    PeerTable table(4, 4);
    EXPECT_EQ(table.find({1}), nullptr);
    Peer& one = add(table, 1);
    Peer& two = add(table, 2);
    EXPECT_EQ(table.find({1}), &one);
    EXPECT_EQ(table.size(), 2u);
    EXPECT_NE(table.slot(one), table.slot(two));
    EXPECT_LT(table.slot(two), 4u);
    table.remove({1}, false);
    EXPECT_EQ(table.find({1}), nullptr);
    EXPECT_EQ(table.find({2}), &two);
    table.remove({1}, false);
    EXPECT_EQ(table.size(), 1u);
}

TEST(PeerTable, WhoIsNotHeardIsSilentThenDown) {
    PeerTable table(4, 4);
    add(table, 1);
    EXPECT_LE(table.deadline(), kNow + 2500ms);
    EXPECT_TRUE(pass(table, kNow + 2499ms).empty());
    EXPECT_EQ(pass(table, kNow + 2500ms), (std::vector<Change>{{1, Due::Silent}}));
    EXPECT_EQ(table.find({1})->state(), PeerState::Silent);
    EXPECT_EQ(table.deadline(), kNow + 5s);
    EXPECT_TRUE(pass(table, kNow + 4999ms).empty());
    EXPECT_EQ(pass(table, kNow + 5s), (std::vector<Change>{{1, Due::Down}}));
    EXPECT_EQ(table.size(), 0u);
    EXPECT_EQ(table.deadline(), kNever);
}

TEST(PeerTable, WhoIsLookedAtLateIsSilentAndDownAtOnce) {
    PeerTable table(4, 4);
    add(table, 1);
    EXPECT_EQ(pass(table, kNow + 1h), (std::vector<Change>{{1, Due::Silent}, {1, Due::Down}}));
}

TEST(PeerTable, WhoIsHeardStaysUp) {
    PeerTable table(4, 4);
    Peer& peer = add(table, 1);
    for (Instant now = kNow; now < kNow + 20s; now += 1s) {
        peer.on_heard(now);
        EXPECT_TRUE(pass(table, now).empty());
    }
    EXPECT_EQ(peer.state(), PeerState::Up);
}

TEST(PeerTable, WhoComesBackBeginsAnew) {
    PeerTable table(4, 4);
    Peer& peer = add(table, 1);
    pass(table, kNow + 3s);
    peer.on_heard(kNow + 4s);
    peer.set_state(PeerState::Up);
    table.note_deadline(peer);
    EXPECT_TRUE(pass(table, kNow + 6s).empty());
    EXPECT_EQ(pass(table, kNow + 6500ms), (std::vector<Change>{{1, Due::Silent}}));
}

TEST(PeerTable, EachPeerHasItsOwnInterval) {
    PeerTable table(4, 4);
    add(table, 1, kNow, 1s);
    add(table, 2, kNow, 10s);
    add(table, 3, kNow, 2s);
    EXPECT_EQ(pass(table, kNow + 5s),
              (std::vector<Change>{{1, Due::Silent}, {1, Due::Down}, {3, Due::Silent}}));
    EXPECT_EQ(table.deadline(), kNow + 10s);
}

TEST(PeerTable, PathsExpireWhileThePeerIsHeard) {
    PeerTable table(4, 4);
    Peer& peer = add(table, 1);
    peer.on_path({{1}, Way::Multicast, {Address::ipv4(10, 0, 0, 1), 1}, 1, kNow});
    table.note_deadline(peer);
    peer.on_heard(kNow + 2s);
    EXPECT_EQ(table.deadline(), kNow + 2500ms);
    EXPECT_EQ(pass(table, kNow + 2500ms), (std::vector<Change>{{1, Due::Paths}}));
    EXPECT_EQ(peer.active_path(), nullptr);
    EXPECT_EQ(table.deadline(), kNow + 4500ms);
}

TEST(PeerTable, WhoSaidByeIsNotAcceptedAgain) {
    PeerTable table(4, 4);
    add(table, 1);
    table.remove({1}, true);
    EXPECT_TRUE(table.is_dead({1}));
    EXPECT_EQ(table.add({1}, kNow, kNobody), nullptr);
    EXPECT_FALSE(table.is_dead({2}));
    // Who only timed out is.
    add(table, 2);
    table.remove({2}, false);
    EXPECT_NE(table.add({2}, kNow, kNobody), nullptr);
}

TEST(PeerTable, RemembersTheLatestByes) {
    PeerTable table(4, 4);
    for (std::uint64_t id = 1; id <= kTombstonesMax + 1; ++id) {
        add(table, id);
        table.remove({id}, true);
    }
    EXPECT_FALSE(table.is_dead({1}));
    EXPECT_TRUE(table.is_dead({2}));
    EXPECT_TRUE(table.is_dead({kTombstonesMax + 1}));
}

TEST(PeerTable, TakesNobodyBeyondItsSize) {
    PeerTable table(2, 4);
    add(table, 1);
    add(table, 2);
    EXPECT_EQ(table.add({3}, kNow, kNobody), nullptr);
    EXPECT_EQ(table.size(), 2u);
    table.remove({1}, false);
    EXPECT_NE(table.add({3}, kNow, kNobody), nullptr);
}

TEST(PeerTable, TheLongestSilentMakesRoom) {
    PeerTable table(3, 4);
    add(table, 1, kNow + 2ms);
    add(table, 2, kNow + 1ms);
    add(table, 3, kNow, 10s);  // still up then
    ASSERT_EQ(pass(table, kNow + 3s).size(), 2u);
    std::vector<std::uint64_t> evicted;
    const auto note = [&](Peer& peer) { evicted.push_back(peer.id().value); };
    EXPECT_NE(table.add({4}, kNow + 3s, note), nullptr);
    EXPECT_EQ(evicted, std::vector<std::uint64_t>{2});
    EXPECT_EQ(table.find({2}), nullptr);
    EXPECT_NE(table.add({5}, kNow + 3s, note), nullptr);
    EXPECT_EQ(evicted, (std::vector<std::uint64_t>{2, 1}));
    EXPECT_EQ(table.add({6}, kNow + 3s, note), nullptr);
    EXPECT_EQ(table.size(), 3u);
    EXPECT_FALSE(table.is_dead({2}));
}

TEST(PeerTable, WhoEvictsMayRemoveByItself) {
    PeerTable table(1, 4);
    add(table, 1);
    pass(table, kNow + 3s);
    Peer* next = table.add({2}, kNow + 3s, [&](Peer& peer) { table.remove(peer.id(), false); });
    ASSERT_NE(next, nullptr);
    EXPECT_EQ(table.size(), 1u);
    EXPECT_EQ(table.add({3}, kNow + 3s, kNobody), nullptr);
}

TEST(PeerTable, VisitsEachOnce) {
    PeerTable table(8, 4);
    for (std::uint64_t id = 1; id <= 5; ++id)
        add(table, id);
    table.remove({3}, false);
    std::uint64_t sum = 0;
    table.for_each([&](const Peer& peer) { sum += peer.id().value; });
    EXPECT_EQ(sum, 1u + 2 + 4 + 5);
}

}  // namespace
}  // namespace mcast::protocol
