#include "mcast/event.hpp"

#include <gtest/gtest.h>

#include <string>

namespace mcast {
namespace {

using namespace std::chrono_literals;

Event from_pad(EventKind kind) {
    Event event;
    event.kind = kind;
    event.peer = {0x123456789abcdef};
    event.peer_name = "pad-1";
    return event;
}

Event of_interface(EventKind kind, std::string_view text) {
    Event event;
    event.kind = kind;
    event.interface = {3};
    event.interface_name = "wlan0";
    event.text = text;
    return event;
}

TEST(Event, OfPeersReadsAsASentence) {
    Event event = from_pad(EventKind::PeerUp);
    EXPECT_EQ(to_string(event), "peer 'pad-1' (0123456789abcdef) is up");
    event.interface_name = "wlan0";
    EXPECT_EQ(to_string(event), "peer 'pad-1' (0123456789abcdef) is up on wlan0");
    event.peer_name = {};
    EXPECT_EQ(to_string(event), "peer 0123456789abcdef is up on wlan0");
    EXPECT_EQ(to_string(from_pad(EventKind::PeerSilent)),
              "peer 'pad-1' (0123456789abcdef) is silent");
    EXPECT_EQ(to_string(from_pad(EventKind::PeerBack)), "peer 'pad-1' (0123456789abcdef) is back");
    event = from_pad(EventKind::PeerDown);
    EXPECT_EQ(to_string(event), "peer 'pad-1' (0123456789abcdef) is down");
    event.text = "it left";
    EXPECT_EQ(to_string(event), "peer 'pad-1' (0123456789abcdef) is down: it left");
    EXPECT_EQ(to_string(from_pad(EventKind::TopicChange)),
              "peer 'pad-1' (0123456789abcdef) has changed its topics");
}

TEST(Event, OfAGapCountsWhatIsMissing) {
    Event event = from_pad(EventKind::Gap);
    event.topic = "input";
    event.first = 7;
    event.last = 9;
    EXPECT_EQ(to_string(event),
              "topic 'input' of peer 'pad-1' (0123456789abcdef): 3 datagrams are missing (7 to 9)");
    event.last = 7;
    EXPECT_EQ(to_string(event),
              "topic 'input' of peer 'pad-1' (0123456789abcdef): 1 datagram is missing (7)");
}

TEST(Event, OfAPongTellsTheTime) {
    Event event = from_pad(EventKind::Pong);
    event.round_trip = 1234567ns;
    EXPECT_EQ(to_string(event), "peer 'pad-1' (0123456789abcdef) answered after 1234.6 us");
    event.interface_name = "e0";
    EXPECT_EQ(to_string(event), "peer 'pad-1' (0123456789abcdef) answered after 1234.6 us on e0");
}

TEST(Event, OfInterfacesGivesTheReason) {
    EXPECT_EQ(to_string(of_interface(EventKind::InterfaceUp, "wifi")),
              "interface wlan0 is in use: wifi");
    EXPECT_EQ(to_string(of_interface(EventKind::InterfaceDown, "down")),
              "interface wlan0 is not in use: down");
    EXPECT_EQ(to_string(of_interface(EventKind::InterfaceFailed, "bind port 7400: in use")),
              "interface wlan0 failed: bind port 7400: in use");
    EXPECT_EQ(to_string(of_interface(EventKind::InterfaceUp, {})), "interface wlan0 is in use");
}

TEST(Event, OfRefusalsAndMismatchesGivesTheReason) {
    Event event;
    event.text = "topic 'a': we publish A; peer 'p' subscribes to B";
    event.kind = EventKind::TypeMismatch;
    EXPECT_EQ(to_string(event), "type mismatch: topic 'a': we publish A; peer 'p' subscribes to B");
    event.kind = EventKind::DeliveryMismatch;
    EXPECT_EQ(to_string(event),
              "delivery mismatch: topic 'a': we publish A; peer 'p' subscribes to B");
    event.kind = EventKind::Refused;
    event.text = "no room";
    EXPECT_EQ(to_string(event), "refused: no room");
}

}  // namespace
}  // namespace mcast
