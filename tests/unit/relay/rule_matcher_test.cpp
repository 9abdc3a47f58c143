#include "relay/rule_matcher.hpp"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/relay/relay_world.hpp"

namespace mcast::relay {
namespace {

Passage ours() {
    Passage passage;
    passage.from = &world_interfaces()[0];
    passage.to = &world_interfaces()[2];
    passage.source = Address::parse("10.0.0.5").value();
    passage.domain = "tanks";
    passage.topic = "input/7";
    passage.peer = {0xabc};
    passage.peer_name = "pad-7";
    return passage;
}

Passage foreign() {
    Passage passage = ours();
    passage.domain = passage.topic = passage.peer_name = {};
    passage.peer = {};
    passage.group = Endpoint::parse("239.255.255.250:1900").value();
    return passage;
}

std::string differs(const Rule& rule, const Passage& passage) {
    const auto matcher = RuleMatcher::compile(rule);
    if (!matcher) return "error: " + matcher.error().what;
    return std::string(to_string(matcher->differs(passage)));
}

TEST(RuleMatcher, MatchesWhatAllOfItsConditionsDo) {
    EXPECT_EQ(differs({}, ours()), "");
    EXPECT_EQ(differs({}, foreign()), "");
    EXPECT_EQ(differs({.from = {"e*"},
                       .to = {"type=wifi"},
                       .source = Network::parse("10.0.0.0/24"),
                       .domain = "tanks",
                       .topic = "input*",
                       .peer = "pad-?"},
                      ours()),
              "");
}

TEST(RuleMatcher, SaysWhatDiffers) {
    EXPECT_EQ(differs({.from = {"e1"}}, ours()), "from");
    EXPECT_EQ(differs({.from = {"!e0"}}, ours()), "from");
    EXPECT_EQ(differs({.from = {"10.1.0.0/16", "#9"}}, ours()), "from");
    EXPECT_EQ(differs({.to = {"e*"}}, ours()), "to");
    EXPECT_EQ(differs({.source = Network::parse("10.0.1.0/24")}, ours()), "source");
    EXPECT_EQ(differs({.source = Network::parse("::/0")}, ours()), "source");
    EXPECT_EQ(differs({.domain = "tank"}, ours()), "domain");
    EXPECT_EQ(differs({.topic = "input"}, ours()), "topic");
    EXPECT_EQ(differs({.peer = "pad"}, ours()), "peer");
    EXPECT_EQ(differs({.group = Endpoint::parse("239.255.255.250")}, ours()), "group");
}

TEST(RuleMatcher, TakesSixteenHexDigitsForAPeersIdentity) {
    EXPECT_EQ(differs({.peer = "0000000000000abc"}, ours()), "");
    EXPECT_EQ(differs({.peer = "0000000000000abd"}, ours()), "peer");
    EXPECT_EQ(differs({.peer = "0000000000000ab*"}, ours()), "peer") << "a glob over names";
}

TEST(RuleMatcher, KnowsForeignDatagramsByTheirGroup) {
    EXPECT_EQ(differs({.group = Endpoint::parse("239.255.255.250:1900")}, foreign()), "");
    EXPECT_EQ(differs({.group = Endpoint::parse("239.255.255.250")}, foreign()), "") << "any port";
    EXPECT_EQ(differs({.group = Endpoint::parse("239.255.255.250:1901")}, foreign()), "group");
    EXPECT_EQ(differs({.group = Endpoint::parse("239.255.255.251:1900")}, foreign()), "group");
    EXPECT_EQ(differs({.domain = "*"}, foreign()), "domain");
    EXPECT_EQ(differs({.topic = "*"}, foreign()), "topic");
    EXPECT_EQ(differs({.peer = "*"}, foreign()), "peer");
}

// Else `topic = "input*"` would forward what nobody hears of.
TEST(RuleMatcher, ForwardsAnnouncementsWhereATopicMayPass) {
    Passage announcement = ours();
    announcement.topic = {};
    EXPECT_EQ(differs({.topic = "input*"}, announcement), "");
    EXPECT_EQ(differs({.topic = "input*", .action = RuleAction::Drop}, announcement), "topic");
    EXPECT_EQ(differs({.topic = "*", .action = RuleAction::Log}, announcement), "topic");
    EXPECT_EQ(differs({.action = RuleAction::Drop}, announcement), "");
    EXPECT_EQ(differs({.domain = "other", .topic = "input*"}, announcement), "domain");
}

TEST(RuleMatcher, NeedsAnInterfaceForAConditionOnIt) {
    Passage static_peer = ours();
    static_peer.from = nullptr;
    EXPECT_EQ(differs({}, static_peer), "");
    EXPECT_EQ(differs({.from = {"*"}}, static_peer), "from");
    EXPECT_EQ(differs({.from = {"!e1"}}, static_peer), "from");
}

TEST(RuleMatcher, RefusesWhatMakesNoSense) {
    EXPECT_EQ(differs({.from = {"type=wfi"}}, ours()),
              "error: from: interface selector 'type=wfi': unknown type; the known ones are "
              "ethernet, wifi, loopback, bridge, tunnel, container, other");
    EXPECT_EQ(differs({.to = {""}}, ours()),
              "error: to: interface selector '': it is empty; write a name, a glob, type=wifi, "
              "10.0.0.0/8 or #7");
    EXPECT_EQ(differs({.burst = 7}, ours()),
              "error: burst: there is no `rate` that it would be the burst of");
}

}  // namespace
}  // namespace mcast::relay
