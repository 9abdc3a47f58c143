#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "relay/presets.hpp"
#include "tests/unit/mcastd/config_case.hpp"

namespace mcastd {
namespace {

TEST(ConfigForeign, IsReadWithAllOfIt) {
    const Config config = read(R"(
[[foreign]]
group = "239.1.2.3"
port = 5000
from = ["lan0"]
to = "lan*"
both = true
source = "replace"
replies = "5s"
ttl = 3
rate = 100
open = "1s"
[[foreign]]
broadcast = true
port = 6454
source = "keep"
ttl = "decrement"
)");
    ASSERT_EQ(config.foreign.size(), 2u);
    const ForeignConfig& group = config.foreign[0];
    EXPECT_EQ(to_string(group.group.value()), "239.1.2.3");
    EXPECT_EQ(group.port, 5000);
    EXPECT_EQ(group.from, (std::vector<std::string>{"lan0"}));
    EXPECT_EQ(group.to, (std::vector<std::string>{"lan*"}));
    EXPECT_TRUE(group.both);
    EXPECT_EQ(group.source, SourceAddress::Replace);
    EXPECT_EQ(group.replies, std::chrono::seconds(5));
    EXPECT_EQ(group.ttl, 3);
    EXPECT_EQ(group.rate, 100u);
    EXPECT_EQ(group.open, std::chrono::seconds(1));
    EXPECT_EQ(group.line.value, 2u);
    const ForeignConfig& broadcast = config.foreign[1];
    EXPECT_TRUE(broadcast.broadcast);
    EXPECT_FALSE(broadcast.group);
    EXPECT_EQ(broadcast.source, SourceAddress::Keep);
    EXPECT_EQ(broadcast.replies, mcast::Duration::zero()) << "they go to the asker by themselves";
    EXPECT_FALSE(broadcast.ttl);
    EXPECT_FALSE(broadcast.both);
}

TEST(ConfigForeign, PresetsStandForWhatTheySay) {
    for (const mcast::relay::Preset& preset : mcast::relay::presets()) {
        const auto result =
            parse_config("[[foreign]]\npreset = \"" + std::string(preset.name) + "\"", "f");
        ASSERT_TRUE(result.config) << result.messages();
        const ForeignConfig& foreign = result.config->foreign.at(0);
        EXPECT_EQ(foreign.preset, preset.name);
        EXPECT_EQ(foreign.port, preset.destination().port);
        EXPECT_EQ(foreign.broadcast, preset.address.empty());
        EXPECT_EQ(foreign.both, preset.both);
        EXPECT_EQ(foreign.source == SourceAddress::Keep, preset.keep_source);
        EXPECT_EQ(result.messages().empty(), preset.warning.empty()) << result.messages();
    }
    const Config config = read("[[foreign]]\npreset = \"ssdp\"\nboth = false\nttl = 4\n");
    EXPECT_FALSE(config.foreign.at(0).both) << "the file goes before the preset";
    EXPECT_EQ(config.foreign.at(0).ttl, 4);
}

struct Wrong {
    const char* text;
    const char* what;  // in the one message
};

TEST(ConfigForeign, ThatIsWrongSaysHowToMendIt) {
    for (const auto& [text, what] : std::vector<Wrong>{
             {"", "[[foreign]]: it does not say what to carry; give it a preset"},
             {"preset = \"ssdq\"", "preset: 'ssdq' is none of its values; did you mean \"ssdp\"?"},
             {"preset = \"ssdp\"\nport = 5", "port: the preset \"ssdp\" says this already"},
             {"group = \"239.1.1.1\"", "[[foreign]]: it has no port; write one, as in port = 1900"},
             {"group = \"239.1.1.1:5\"\nport = 5", "group: '239.1.1.1:5' is no address; write a"},
             {"group = \"10.0.0.1\"\nport = 5", "group: 10.0.0.1 is not multicast"},
             {"group = \"239.1.1.1\"\nport = 5\nbroadcast = true",
              "broadcast: a group is not broadcast; leave one of the two out"},
             {"broadcast = false\nport = 5", "broadcast: then a group is needed"},
             {"broadcast = \"yes\"\nport = 5", "broadcast: this is a string; write true or false"},
             {"broadcast = true\nport = 70000", "port: 70000 is out of range"},
             {"broadcast = true\nport = 7400", "port: 7400 is libmcast's own port here"},
             {"preset = \"ssdp\"\nttl = 0", "ttl: with 0 it would not leave this host"},
             {"preset = \"ssdp\"\nttl = 256",
              "ttl: write a number from 1 to 255, or \"decrement\""},
             {"preset = \"ssdp\"\nttl = \"keep\"", "ttl: write a number from 1 to 255"},
             {"preset = \"ssdp\"\nsource = \"kepe\"", "did you mean \"keep\"?"},
             {"preset = \"ssdp\"\nsource = \"keep\"\nreplies = \"5s\"",
              "replies: with source = \"keep\" replies go to the asker by themselves"},
             {"preset = \"ssdp\"\nreplies = \"long\"", "replies: 'long' is no duration; write"},
             {"preset = \"ssdp\"\nreplies = \"2h\"", "replies: '2h' is out of range; write"},
             {"preset = \"ssdp\"\nreplies = 5",
              "replies: this is a whole number; write a duration"},
             {"preset = \"ssdp\"\nrate = 0", "rate: 0 is out of range"},
             {"preset = \"ssdp\"\nopen = \"1ms\"", "open: '1ms' is out of range"},
             {"preset = \"ssdp\"\nfrom = \"e0\"\nto = \"e0\"",
              "to: nothing is carried back to the"},
             {"preset = \"ssdp\"\nfrom = []", "from: an empty list is no interface at all"},
             {"preset = \"ssdp\"\n[[foreign]]\npreset = \"ssdp\"",
              "the one in line 1 carries the same between the same interfaces; remove one"}}) {
        const std::string messages = said("[[foreign]]\n" + std::string(text));
        EXPECT_NE(messages.find(what), std::string::npos) << text << "\n" << messages;
        EXPECT_EQ(messages.find("error: "), messages.rfind("error: ")) << messages;
    }
}

TEST(ConfigForeign, HasALimitThatIsNamed) {
    std::string text;
    for (std::size_t i = 0; i <= kForeignMax; ++i)
        text += "[[foreign]]\nbroadcast = true\nport = " + std::to_string(i + 1) + "\n";
    EXPECT_NE(said(text).find("33 [[foreign]]; the limit is 32"), std::string::npos);
}

}  // namespace
}  // namespace mcastd
