#include "relay/election.hpp"

#include <gtest/gtest.h>

namespace mcast::relay {
namespace {

using std::chrono::milliseconds;

constexpr PeerId kSelf{100};
constexpr PeerId kLower{50};
constexpr PeerId kHigher{200};
constexpr InterfaceIndex kLeft{1};
constexpr InterfaceIndex kRight{2};
constexpr InterfaceIndex kThird{3};
constexpr std::uint64_t kKey = 7;
constexpr Instant kStart{milliseconds(1000)};

// A relay that carries kKey between its links 11 and 12, heard on two interfaces of ours.
void hear(Election& election, PeerId relay, Instant at = kStart, InterfaceIndex on_11 = kLeft,
          InterfaceIndex on_12 = kRight, std::uint64_t key = kKey) {
    const std::uint64_t to_12 = Election::toward(key, 12);
    const std::uint64_t to_11 = Election::toward(key, 11);
    election.on_hello(at, on_11, {relay, 11, {&to_12, 1}});
    election.on_hello(at, on_12, {relay, 12, {&to_11, 1}});
}

TEST(Election, AloneItCarries) {
    Election election(kSelf);
    EXPECT_TRUE(election.carries(kLeft, kRight, kKey));
    EXPECT_EQ(election.deadline(), kNever);
}

TEST(Election, TheLowestIdentityCarries) {
    Election election(kSelf);
    hear(election, kHigher);
    EXPECT_TRUE(election.carries(kLeft, kRight, kKey));
    hear(election, kLower);
    EXPECT_FALSE(election.carries(kLeft, kRight, kKey));
    EXPECT_FALSE(election.carries(kRight, kLeft, kKey));
    EXPECT_EQ(election.elected(kLeft, kRight, kKey), kLower);
    EXPECT_EQ(election.count(kLeft), 2u);
}

TEST(Election, OnlyBetweenTheSameTwoNetworksAndForTheSameThing) {
    Election election(kSelf);
    hear(election, kLower);
    EXPECT_TRUE(election.carries(kLeft, kThird, kKey));
    EXPECT_TRUE(election.carries(kLeft, kRight, kKey + 1));
    // Heard on one side only.
    Election other(kSelf);
    const std::uint64_t to_12 = Election::toward(kKey, 12);
    other.on_hello(kStart, kLeft, {kLower, 11, {&to_12, 1}});
    EXPECT_TRUE(other.carries(kLeft, kRight, kKey));
    // Heard on both, but it carries nothing between them.
    other.on_hello(kStart, kRight, {kLower, 13, {}});
    EXPECT_TRUE(other.carries(kLeft, kRight, kKey));
    // Or one way only.
    other.on_hello(kStart, kRight, {kLower, 12, {}});
    EXPECT_FALSE(other.carries(kLeft, kRight, kKey));
    EXPECT_TRUE(other.carries(kRight, kLeft, kKey));
}

TEST(Election, WhoFallsSilentIsForgotten) {
    Election election(kSelf);
    hear(election, kLower);
    EXPECT_EQ(election.deadline(), kStart + Election::kSilenceMax);
    EXPECT_TRUE(election.on_deadline(kStart + Election::kSilenceMax - Duration(1)).empty());
    hear(election, kLower, kStart + milliseconds(200));
    EXPECT_TRUE(election.on_deadline(kStart + Election::kSilenceMax).empty());
    const auto gone = election.on_deadline(kStart + milliseconds(200) + Election::kSilenceMax);
    ASSERT_EQ(gone.size(), 2u);
    EXPECT_EQ(gone[0].relay, kLower);
    EXPECT_EQ(gone[0].interface, kLeft);
    EXPECT_TRUE(election.carries(kLeft, kRight, kKey));
    EXPECT_FALSE(election.is_alive(kLower));
}

TEST(Election, WhoSaysByeIsForgottenAtOnce) {
    Election election(kSelf);
    hear(election, kLower);
    EXPECT_EQ(election.on_bye(kLower).size(), 2u);
    EXPECT_TRUE(election.on_bye(kLower).empty());
    EXPECT_TRUE(election.carries(kLeft, kRight, kKey));
}

TEST(Election, AHelloThatSaysTheSameChangesNothing) {
    Election election(kSelf);
    EXPECT_TRUE(election.on_hello(kStart, kLeft, {kLower, 11, {&kKey, 1}}));
    EXPECT_FALSE(election.on_hello(kStart, kLeft, {kLower, 11, {&kKey, 1}}));
    EXPECT_TRUE(election.on_hello(kStart, kLeft, {kLower, 11, {}}));
}

TEST(Election, ItsOwnHelloAndThoseBeyondTheLimitAreNotHeard) {
    Election election(kSelf);
    EXPECT_FALSE(election.on_hello(kStart, kLeft, {kSelf, 11, {}}));
    for (std::uint64_t i = 0; i < Election::kRelaysMax; ++i)
        EXPECT_TRUE(election.on_hello(kStart, kLeft, {PeerId{1000 + i}, 1, {}}));
    EXPECT_FALSE(election.on_hello(kStart, kLeft, {PeerId{5000}, 1, {}}));
}

}  // namespace
}  // namespace mcast::relay
