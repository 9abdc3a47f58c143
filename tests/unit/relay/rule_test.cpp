#include "relay/rule.hpp"

#include <gtest/gtest.h>

#include <string>

#include "relay/glob.hpp"

namespace mcast::relay {
namespace {

TEST(Network, IsReadAsItIsWritten) {
    for (const char* text : {"10.0.0.0/8", "0.0.0.0/0", "192.0.2.7/32", "fe80::/10", "::1/128"}) {
        const auto network = Network::parse(text);
        ASSERT_TRUE(network) << text;
        EXPECT_EQ(to_string(*network), text);
    }
    EXPECT_EQ(to_string(Network::parse("192.0.2.7").value()), "192.0.2.7/32");
    EXPECT_EQ(to_string(Network::parse("::1").value()), "::1/128");
    for (const char* text : {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8/8",
                             "10.0.0.0/ 8", "fe80::/129", "fe80::/300", "lan", "10.0.0/8"})
        EXPECT_FALSE(Network::parse(text)) << text;
}

TEST(Network, ContainsWhatSharesItsFirstBits) {
    const Network network = Network::parse("10.1.2.3/15").value();
    EXPECT_TRUE(network.contains(Address::parse("10.0.9.9").value()));
    EXPECT_FALSE(network.contains(Address::parse("10.2.0.0").value()));
    EXPECT_FALSE(network.contains(Address::parse("::1").value()));
    EXPECT_TRUE(Network::parse("0.0.0.0/0")->contains(Address::parse("1.2.3.4").value()));
    EXPECT_FALSE(Network::parse("0.0.0.0/0")->contains(Address::parse("::1").value()));
}

TEST(PeerId, IsSixteenHexDigits) {
    EXPECT_EQ(parse_peer_id("00000000000000ff").value().value, 255u);
    EXPECT_EQ(to_string(parse_peer_id("0123456789abcdef").value()), "0123456789abcdef");
    for (const char* text : {"", "ff", "0123456789abcdeg", "0123456789abcdef0", "0000000000000000",
                             "-123456789abcdef", "0x23456789abcdef"})
        EXPECT_FALSE(parse_peer_id(text)) << text;
}

std::string problem(const Rule& rule) {
    const auto found = problem_of(rule);
    return found ? std::string(found->key) + ": " + found->what : "";
}

TEST(Rule, ThatCannotBeMeantIsAProblem) {
    const Endpoint group = Endpoint::parse("239.1.2.3:5000").value();
    EXPECT_EQ(problem({}), "");
    EXPECT_EQ(problem({.domain = "d", .topic = "t", .peer = "p", .rate = 5, .burst = 2}), "");
    EXPECT_EQ(problem({.group = group, .rate = 1}), "");
    EXPECT_EQ(problem({.rate = 1, .action = RuleAction::Log}), "");
    EXPECT_EQ(problem({.topic = "t", .group = group}),
              "group: a group is of foreign datagrams and a topic of libmcast's own, so that this "
              "rule matches nothing; write two rules");
    EXPECT_EQ(problem({.domain = std::string(256, 'd')}),
              "domain: the glob is 256 bytes long, and no name has more than 255");
    EXPECT_EQ(problem({.rate = 1, .action = RuleAction::Drop}),
              "rate: a rule that drops lets nothing pass, however slowly; leave `rate` out, or "
              "forward with a rate");
    EXPECT_EQ(problem({.burst = 1}), "burst: there is no `rate` that it would be the burst of");
    EXPECT_EQ(problem({.rate = kRateMax + 1}),
              "rate: the limit is 10000000 a second; leave it out for no limit");
    EXPECT_EQ(problem({.source = Network::parse("fe80::/10"), .group = group}),
              "source: the group is of the other IP version, so that this rule matches nothing; "
              "write two rules");
}

}  // namespace
}  // namespace mcast::relay
