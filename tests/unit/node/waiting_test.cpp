// poll_until(), wait_until(), wake(), next_deadline().
#include "tests/unit/node/cable.hpp"

namespace mcast::node_test {
namespace {

TEST(Waiting, PollUntilRunsTheTimersOnItsWay) {
    Cable cable;
    Node node = cable.open({.name = "one"});
    const Instant end = node.now() + 5s;
    node.poll_until(end);
    EXPECT_EQ(node.now(), end);
    // The burst, and one a second.
    EXPECT_GE(node.stats().announcements_sent, 7u);
    EXPECT_LE(node.stats().announcements_sent, 11u);
}

TEST(Waiting, WaitUntilReturnsForAMessage) {
    Pair pair;
    auto notes = pair.sender.publisher<Note>("notes", {.express = true});
    auto reader = pair.receiver.subscriber<Note>("notes");
    pair.settle();
    events_of(pair.receiver);
    publish(notes, 1);
    const Instant before = pair.link.now();
    EXPECT_TRUE(pair.receiver.wait_until(before + 1s));
    EXPECT_EQ(pair.link.now(), before);
    // Also for one that an earlier drain() left.
    EXPECT_TRUE(pair.receiver.wait_until(before + 1s));
    EXPECT_EQ(drain_numbers(reader), Numbers{1});
}

TEST(Waiting, WaitUntilReturnsForAnEvent) {
    Cable cable;
    Node one = cable.open({.name = "one"});
    EXPECT_TRUE(one.wait_until(one.now() + 1h));  // its interface is up
    EXPECT_EQ(events_of(one).size(), 1u);
}

TEST(Waiting, WaitUntilReturnsAtItsDeadline) {
    Cable cable;
    Node one = cable.open({.name = "one"});
    events_of(one);
    const Instant end = one.now() + 700ms;
    EXPECT_FALSE(one.wait_until(end));
    EXPECT_EQ(one.now(), end);
}

TEST(Waiting, WakeEndsWaitUntilOnce) {
    Cable cable;
    Node one = cable.open({.name = "one"});
    events_of(one);
    const Instant start = one.now();
    one.wake();
    EXPECT_FALSE(one.wait_until(start + 1s));
    EXPECT_EQ(one.now(), start);
    EXPECT_FALSE(one.wait_until(start + 1s));
    EXPECT_EQ(one.now(), start + 1s);
}

TEST(Waiting, NextDeadlineIsWhenAnnouncementsAreDue) {
    Cable cable;
    Node one = cable.open({.name = "one"});
    EXPECT_LE(one.next_deadline(), one.now());
    one.poll();
    EXPECT_GT(one.next_deadline(), one.now());
    EXPECT_LE(one.next_deadline(), one.now() + 1s);
    const std::uint64_t sent = one.stats().announcements_sent;
    cable.link.advance(one.next_deadline() - one.now());
    one.poll();
    EXPECT_GT(one.stats().announcements_sent, sent);
}

}  // namespace
}  // namespace mcast::node_test
