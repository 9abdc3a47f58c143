#include "tools/mcastd/config_text.hpp"

#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <iterator>
#include <string>

#include "base/random.hpp"
#include "relay/presets.hpp"
#include "tests/unit/mcastd/config_case.hpp"

namespace mcastd {
namespace {

using mcast::Random;
using mcast::relay::Rule;
using mcast::relay::RuleAction;

Rule random_rule(Random& random) {
    Rule rule;
    const auto chance = [&] { return random.chance(0.4); };
    if (chance()) rule.from = {"e0", "!type=wifi"};
    if (chance()) rule.to = {"10.0.0.0/8"};
    if (chance()) rule.source = mcast::relay::Network::parse("fe80::/10");
    if (random.chance(0.3)) {
        rule.group = mcast::Endpoint::parse(rule.source ? "[ff02::c]:1900" : "239.1.1.1");
    } else {
        if (chance()) rule.domain = "with \"quotes\" and \\";
        if (chance()) rule.topic = "input/*";
        if (chance()) rule.peer = "0123456789abcdef";
    }
    rule.action = static_cast<RuleAction>(random.below(3));
    if (rule.action != RuleAction::Drop && chance()) {
        rule.rate = static_cast<std::uint32_t>(random.between(1, 1000));
        if (chance()) rule.burst = 7;
    }
    return rule;
}

ForeignConfig random_foreign(Random& random, std::uint16_t port) {
    ForeignConfig foreign;
    foreign.port = port;
    foreign.broadcast = random.chance(0.5);
    if (!foreign.broadcast) foreign.group = mcast::Address::parse("239.1.2.3");
    if (random.chance(0.5)) foreign.from = {"lan0"};
    if (random.chance(0.5)) foreign.to = {"lan1", "wlan*"};
    foreign.both = random.chance(0.5);
    if (random.chance(0.5)) {
        foreign.source = SourceAddress::Keep;
        foreign.replies = {};
    } else {
        foreign.replies = std::chrono::milliseconds(random.below(10'000));
    }
    if (random.chance(0.5)) foreign.ttl = static_cast<std::uint8_t>(random.between(1, 255));
    foreign.rate = static_cast<std::uint32_t>(random.between(1, 10'000));
    foreign.open = std::chrono::milliseconds(random.between(100, 10'000));
    return foreign;
}

Config random_config(Random& random) {
    Config config;
    if (random.chance(0.5)) config.name = "attic \u00fc";
    if (random.chance(0.5)) config.fallback = mcast::relay::Action::Forward;
    if (random.chance(0.5)) config.interfaces = {"e*", "!docker0"};
    if (random.chance(0.5)) config.reflect = {"wlan*"};
    if (random.chance(0.5)) config.peers = {"192.0.2.7", "[fe80::1]:7401"};
    config.port = static_cast<std::uint16_t>(random.between(1, 65535));
    config.hops_max = static_cast<std::uint8_t>(random.between(1, 255));
    config.busy_poll = std::chrono::microseconds(random.below(1000));
    for (std::uint64_t i = random.below(3); i > 0; --i)
        config.domains.push_back({"d" + std::to_string(i), {}});
    for (std::uint64_t i = random.below(3); i > 0; --i) {
        const auto port = static_cast<std::uint16_t>(config.port == i ? 9 : i);
        config.foreign.push_back(random_foreign(random, port));
    }
    for (std::uint64_t i = random.below(5); i > 0; --i)
        config.rules.push_back(random_rule(random));
    if (random.chance(0.5)) config.control.socket.clear();
    if (random.chance(0.5)) config.metrics.listen = mcast::Endpoint::parse("[::1]:9469");
    config.log.level = static_cast<LogLevel>(random.below(4));
    config.log.format = static_cast<LogFormat>(random.below(2));
    config.limits.memory = random.between(1u << 20, 1u << 30);
    config.limits.flows_max = static_cast<std::uint32_t>(random.between(1, 1u << 20));
    return config;
}

TEST(ConfigText, ReadsAsTheSame) {
    for (std::uint64_t seed = 1; seed <= 500; ++seed) {
        Random random(seed);
        const Config config = random_config(random);
        const std::string text = to_toml(config);
        const ConfigResult result = parse_config(text, "f");
        ASSERT_TRUE(result.config) << "seed " << seed << "\n" << result.messages() << text;
        ASSERT_EQ(*result.config, config) << "seed " << seed << "\n" << text;
        EXPECT_EQ(to_toml(*result.config), text);
    }
}

TEST(ConfigText, OfEveryPresetReadsAsTheSame) {
    for (const mcast::relay::Preset& preset : mcast::relay::presets()) {
        const auto first =
            parse_config("[[foreign]]\npreset = \"" + std::string(preset.name) + "\"", "f");
        ASSERT_TRUE(first.config) << first.messages();
        const auto second = parse_config(to_toml(*first.config), "f");
        ASSERT_TRUE(second.config) << second.messages();
        EXPECT_EQ(*first.config, *second.config) << preset.name;
    }
}

TEST(ConfigText, TellsWhereEachValueComesFrom) {
    const std::array<Override, 2> overrides{Override{"port", "7500", "MCAST_PORT"},
                                            Override{"log.level", "debug", "--log-level"}};
    const auto result = parse_config(
        "hops_max = 3\n[[domain]]\nname = \"tanks\"\n[[rule]]\ntopic = \"a\"\n", "f", overrides);
    ASSERT_TRUE(result.config) << result.messages();
    const std::string text = to_toml(*result.config, result);
    EXPECT_EQ(text,
              "version = 1\n"
              "# name =                            # default\n"
              "default = \"drop\"                    # default\n"
              "# interfaces =                      # default\n"
              "# peers =                           # default\n"
              "port = 7500                         # MCAST_PORT\n"
              "hops_max = 3                        # f:1\n"
              "busy_poll = \"0s\"                    # default\n"
              "# reflect =                         # default\n"
              "\n"
              "[control]\n"
              "socket = \"/run/mcastd/control\"      # default\n"
              "\n"
              "[metrics]\n"
              "listen = \"\"                         # default\n"
              "\n"
              "[log]\n"
              "level = \"debug\"                     # --log-level\n"
              "format = \"text\"                     # default\n"
              "\n"
              "[limits]\n"
              "memory = \"64M\"                      # default\n"
              "flows_max = 65536                   # default\n"
              "\n"
              "[[domain]]                          # f:2\n"
              "name = \"tanks\"\n"
              "\n"
              "[[rule]]                            # f:4\n"
              "topic = \"a\"\n"
              "action = \"forward\"\n");
    const auto again = parse_config(text, "f");
    ASSERT_TRUE(again.config) << again.messages();
    EXPECT_EQ(*again.config, *result.config);
}

// Bytes changed, left out and put in: whatever comes of it is read, or refused with something to
// say; and what is read is written as something that reads as the same.
TEST(ConfigText, OfAnyBytesIsReadOrRefused) {
    std::ifstream file(MCASTD_EXAMPLE);
    const std::string example{std::istreambuf_iterator<char>(file), {}};
    ASSERT_GT(example.size(), 1000u);
    int refused = 0;
    for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
        Random random(seed);
        std::string text = example;
        for (std::uint64_t changes = random.between(1, 4); changes > 0; --changes) {
            const std::size_t at = random.below(text.size());
            const char byte = "\"[]{}=#,.\n\\ \t0aZ\xff\x01-'"[random.below(21)];
            if (random.chance(0.3))
                text.erase(at, random.below(20));
            else if (random.chance(0.5))
                text.insert(at, 1, byte);
            else
                text[at] = byte;
        }
        const ConfigResult result = parse_config(text, "f");
        const bool told = result.messages().find("f:") != std::string::npos;
        ASSERT_TRUE(result.config || told) << "seed " << seed;
        refused += !result.config;
        if (!result.config) continue;
        const ConfigResult again = parse_config(to_toml(*result.config), "f");
        ASSERT_TRUE(again.config) << "seed " << seed << "\n" << again.messages();
        ASSERT_EQ(*again.config, *result.config) << "seed " << seed;
    }
    EXPECT_GT(refused, 100);
    EXPECT_LT(refused, 900);
}

TEST(ConfigText, TheExampleIsSound) {
    const ConfigResult result = load_config(MCASTD_EXAMPLE);
    ASSERT_TRUE(result.config) << result.messages();
    EXPECT_EQ(result.messages(), "");
    EXPECT_FALSE(result.config->rules.empty());
    EXPECT_FALSE(result.config->foreign.empty());
    EXPECT_FALSE(result.config->domains.empty());
}

}  // namespace
}  // namespace mcastd
