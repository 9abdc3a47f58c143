#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/mcastd/config_case.hpp"

namespace mcastd {
namespace {

using mcast::relay::Rule;
using mcast::relay::RuleAction;

TEST(ConfigRules, AreReadWithAllTheirConditions) {
    const Config config = read(R"(
[[rule]]
from = "e0"
to = ["e1", "wlan*"]
source = "10.0.0.0/8"
domain = "tanks"
topic = "input*"
peer = "pad-*"
rate = 1000
burst = 50
action = "forward"
[[rule]]
group = "239.255.255.250:1900"
action = "drop"
[[rule]]
group = "255.255.255.255"
action = "log"
[[rule]]
)");
    ASSERT_EQ(config.rules.size(), 4u);
    EXPECT_EQ(config.rules[0], (Rule{.from = {"e0"},
                                     .to = {"e1", "wlan*"},
                                     .source = mcast::relay::Network::parse("10.0.0.0/8"),
                                     .domain = "tanks",
                                     .topic = "input*",
                                     .peer = "pad-*",
                                     .rate = 1000,
                                     .burst = 50}));
    EXPECT_EQ(config.rules[0].line.value, 2u);
    EXPECT_EQ(to_string(config.rules[1].group.value()), "239.255.255.250:1900");
    EXPECT_EQ(config.rules[1].action, RuleAction::Drop);
    EXPECT_EQ(config.rules[2].group->port, 0);
    EXPECT_EQ(config.rules[2].action, RuleAction::Log);
    EXPECT_EQ(config.rules[3], Rule{}) << "every key may be left out";
}

struct Wrong {
    const char* text;
    const char* what;  // in the one message
};

TEST(ConfigRules, ThatAreWrongSayHowToMendThem) {
    for (const auto& [text, what] : std::vector<Wrong>{
             {"tpoic = \"a\"", "unknown key 'tpoic' in [[rule]]; did you mean 'topic'?"},
             {"port = 5", "unknown key 'port' in [[rule]]; the known ones are from, to, source"},
             {"from = \"type=wfi\"", "from: interface selector 'type=wfi': unknown type"},
             {"to = []", "to: an empty list is no interface at all; name one"},
             {"source = \"10.0.0.0/33\"", "source: '10.0.0.0/33' is no network; write one such as"},
             {"source = \"lan\"", "source: 'lan' is no network"},
             {"domain = \"\"", "domain: this is empty; give it a value or leave the key out"},
             {"topic = 5", "topic: this is a whole number; write it in \"quotes\""},
             {"group = \"192.0.2.1:1900\"",
              "group: 192.0.2.1 is not multicast (224.0.0.0/4, "
              "ff00::/8); for broadcast write 255.255.255.255"},
             {"group = \"ssdp\"", "group: 'ssdp' is no group; write an address and perhaps a port"},
             {"group = \"239.1.1.1:5\"\ntopic = \"a\"", "group: a group is of foreign datagrams"},
             {"group = \"239.1.1.1:5\"\nsource = \"fe80::/10\"",
              "source: the group is of the other"},
             {"rate = 0", "rate: none a second is nothing at all; write action = \"drop\""},
             {"rate = \"fast\"\nburst = 7", "rate: this is a string; write a whole number"},
             {"rate = 10000001", "rate: 10000001 is out of range"},
             {"burst = 7", "burst: there is no `rate` that it would be the burst of"},
             {"rate = 5\nburst = 0", "burst: 0 at once is nothing at all; write 1 or more"},
             {"rate = 5\naction = \"drop\"", "rate: a rule that drops lets nothing pass"},
             {"action = \"dorp\"", "action: 'dorp' is none of its values; did you mean \"drop\"?"},
             {"action = \"allow\"", "write \"forward\", \"drop\" or \"log\""}}) {
        const std::string messages = said("[[rule]]\n" + std::string(text));
        EXPECT_NE(messages.find(what), std::string::npos) << text << "\n" << messages;
        EXPECT_EQ(messages.find("error: "), messages.rfind("error: ")) << messages;
    }
    EXPECT_NE(said("rule = 5").find("rule: this is a whole number; write [[rule]]"),
              std::string::npos);
    EXPECT_NE(said("[rule]\ntopic = \"a\"").find("write [[rule]], with two brackets"),
              std::string::npos);
}

TEST(ConfigRules, AllOfThemAreLookedAt) {
    EXPECT_EQ(said("[[rule]]\nrate = 0\n[[rule]]\ntopic = \"a\"\n[[rule]]\nsource = \"x\"\n"),
              "f:2:8: error: rate: none a second is nothing at all; write action = \"drop\"\n"
              "  2 | rate = 0\n"
              "    |        ^\n"
              "f:6:10: error: source: 'x' is no network; write one such as 10.0.0.0/8 or "
              "fe80::/10, or one address\n"
              "  6 | source = \"x\"\n"
              "    |          ^~~\n");
}

TEST(ConfigRules, ThatNeverMatchAreAWarning) {
    EXPECT_EQ(said("[[rule]]\ntopic = \"a\"\n[[rule]]\n[[rule]]\ntopic = \"b\"\n[[rule]]\n"),
              "f:4:1: warning: this rule and those below never match: the rule in line 3 takes "
              "everything; put it last\n"
              "  4 | [[rule]]\n"
              "    | ^~~~~~~~\n");
    EXPECT_EQ(said("[[rule]]\nfrom = [\"a\", \"b\"]\n[[rule]]\nfrom = [\"b\", \"a\"]\naction = "
                   "\"drop\"\n"),
              "f:3:1: warning: this rule never matches: the rule in line 1 has the same conditions "
              "and comes first; remove one\n"
              "  3 | [[rule]]\n"
              "    | ^~~~~~~~\n");
    EXPECT_EQ(said("[[rule]]\naction = \"log\"\n[[rule]]\ntopic = \"a\"\naction = \"log\"\n"
                   "[[rule]]\ntopic = \"a\"\n[[rule]]\n"),
              "")
        << "rules that log leave the decision to others";
}

TEST(ConfigRules, ThatAreTooMuchAlikeAreRefused) {
    std::string text;
    for (int i = 0; i < 600; ++i)
        text += "[[rule]]\ntopic = \"*" + std::to_string(i) + "*\"\n";
    EXPECT_NE(said(text).find("compared with more than 512 of them, which is the limit"),
              std::string::npos);
}

}  // namespace
}  // namespace mcastd
