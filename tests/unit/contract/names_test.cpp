// What enumerations are called: users match on these names in logs and JSON, so they stay.
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <string_view>

#include "mcast/event.hpp"
#include "mcast/interface.hpp"
#include "mcast/peer.hpp"
#include "mcast/stats.hpp"

namespace mcast {
namespace {

bool is_name(std::string_view text) {
    return !text.empty() &&
           text.find_first_not_of("abcdefghijklmnopqrstuvwxyz-") == std::string_view::npos;
}

TEST(Names, DropCausesHaveOneEach) {
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < kDropCauseCount; ++i) {
        const std::string_view name = to_string(static_cast<DropCause>(i));
        EXPECT_TRUE(is_name(name)) << i;
        names.insert(name);
    }
    EXPECT_EQ(names.size(), kDropCauseCount);
    EXPECT_EQ(static_cast<std::size_t>(DropCause::Spoofed) + 1, kDropCauseCount);
    EXPECT_EQ(to_string(DropCause::Foreign), "foreign");
    EXPECT_EQ(to_string(DropCause::OtherDomain), "other-domain");
    EXPECT_EQ(to_string(DropCause::MalformedControl), "malformed-control");
    EXPECT_EQ(to_string(DropCause::Duplicate), "duplicate");
    EXPECT_EQ(to_string(DropCause::Stale), "stale");
    EXPECT_EQ(to_string(DropCause::NoBuffer), "no-buffer");
    EXPECT_EQ(to_string(DropCause::PeerLimit), "peer-limit");
    EXPECT_EQ(to_string(DropCause::RateLimit), "rate-limit");
}

TEST(Names, EventKindsHaveOneEach) {
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < kEventKindCount; ++i) {
        const std::string_view name = to_string(static_cast<EventKind>(i));
        EXPECT_TRUE(is_name(name)) << i;
        names.insert(name);
    }
    EXPECT_EQ(names.size(), kEventKindCount);
    EXPECT_EQ(static_cast<std::size_t>(EventKind::CaughtUp) + 1, kEventKindCount);
    EXPECT_EQ(to_string(EventKind::PeerUp), "peer-up");
    EXPECT_EQ(to_string(EventKind::PeerDown), "peer-down");
    EXPECT_EQ(to_string(EventKind::Gap), "gap");
    EXPECT_EQ(to_string(EventKind::InterfaceUp), "interface-up");
    EXPECT_EQ(to_string(EventKind::Refused), "refused");
    EXPECT_EQ(to_string(EventKind::CaughtUp), "caught-up");
    EXPECT_EQ(to_string(GapCause::NotHeld), "no-longer-held");
    EXPECT_EQ(to_string(StreamLoss::Unknown), "unknown");
}

TEST(Names, OfPeersAndInterfaces) {
    EXPECT_EQ(to_string(PeerId{0x123456789abcdef}), "0123456789abcdef");
    EXPECT_EQ(to_string(PeerId{~0ull}), "ffffffffffffffff");
    EXPECT_EQ(to_string(PeerState::Unknown), "unknown");
    EXPECT_EQ(to_string(PeerState::Up), "up");
    EXPECT_EQ(to_string(PeerState::Silent), "silent");
    EXPECT_EQ(to_string(PeerState::Down), "down");
    EXPECT_EQ(to_string(Way::Multicast), "multicast");
    EXPECT_EQ(to_string(Way::Broadcast), "broadcast");
    EXPECT_EQ(to_string(Way::Unicast), "unicast");
    EXPECT_EQ(to_string(Delivery::BestEffort), "best-effort");
    EXPECT_EQ(to_string(Delivery::Latest), "latest");
    EXPECT_EQ(to_string(InterfaceKind::Ethernet), "ethernet");
    EXPECT_EQ(to_string(InterfaceKind::Wifi), "wifi");
    EXPECT_EQ(to_string(InterfaceKind::Loopback), "loopback");
    EXPECT_EQ(to_string(InterfaceKind::Bridge), "bridge");
    EXPECT_EQ(to_string(InterfaceKind::ContainerBridge), "container");
    EXPECT_EQ(to_string(InterfaceKind::Tunnel), "tunnel");
    EXPECT_EQ(to_string(InterfaceKind::Other), "other");
}

}  // namespace
}  // namespace mcast
