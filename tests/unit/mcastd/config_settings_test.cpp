#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "tests/unit/mcastd/config_case.hpp"
#include "tools/mcastd/setting.hpp"

namespace mcastd {
namespace {

constexpr const char* kKnown =
    "the known ones are name, default, interfaces, peers, port, hops_max, busy_poll, reflect, "
    "version, "
    "control, "
    "metrics, log, limits, domain, foreign, rule\n";

TEST(ConfigSettings, AreReadFromTheFile) {
    const Config config = read(R"(
version = 1
name = "attic"
default = "forward"
interfaces = ["e*", "!docker0"]
peers = ["192.0.2.7", "[fe80::1]:7401"]
port = 7500
hops_max = 3
busy_poll = "50us"
[[domain]]
name = "tanks"
[[domain]]
name = "chess"
[control]
socket = "/tmp/control"
[metrics]
listen = "[::1]:9469"
[log]
level = "debug"
format = "json"
[limits]
memory = "128M"
flows_max = 1000
)");
    EXPECT_EQ(config.name, "attic");
    EXPECT_EQ(config.fallback, mcast::relay::Action::Forward);
    EXPECT_EQ(config.interfaces, (std::vector<std::string>{"e*", "!docker0"}));
    EXPECT_EQ(config.peers, (std::vector<std::string>{"192.0.2.7", "[fe80::1]:7401"}));
    EXPECT_EQ(config.port, 7500);
    EXPECT_EQ(config.hops_max, 3);
    EXPECT_EQ(config.busy_poll, std::chrono::microseconds(50));
    ASSERT_EQ(config.domains.size(), 2u);
    EXPECT_EQ(config.domains[1].name, "chess");
    EXPECT_EQ(config.domains[1].line.value, 12u);
    EXPECT_EQ(config.control.socket, "/tmp/control");
    EXPECT_EQ(to_string(config.metrics.listen.value()), "[::1]:9469");
    EXPECT_EQ(config.log.level, LogLevel::Debug);
    EXPECT_EQ(config.log.format, LogFormat::Json);
    EXPECT_EQ(config.limits.memory, 128u << 20);
    EXPECT_EQ(config.limits.flows_max, 1000u);
}

TEST(ConfigSettings, OfAnEmptyFileAreTheDefaults) {
    EXPECT_EQ(read(""), Config{});
    EXPECT_EQ(read("# nothing\r\n\r\n"), Config{});
    EXPECT_EQ(read("").fallback, mcast::relay::Action::Drop) << "it relays nothing";
}

TEST(ConfigSettings, TakeOneStringForAList) {
    EXPECT_EQ(read("interfaces = \"e*\"").interfaces, (std::vector<std::string>{"e*"}));
    EXPECT_EQ(read("peers = []").peers, std::vector<std::string>{});
    EXPECT_EQ(read("[limits]\nmemory = 1048576").limits.memory, 1u << 20) << "bytes";
    EXPECT_FALSE(read("[metrics]\nlisten = \"\"").metrics.listen);
}

TEST(ConfigSettings, ThatAreWrongAreToldWithTheirPlace) {
    const auto expect = [](const char* text, const std::string& messages) {
        EXPECT_EQ(said(text), messages);
    };
    expect("nmae = \"x\"",
           "f:1:1: error: unknown key 'nmae'; did you mean 'name'?\n"
           "  1 | nmae = \"x\"\n"
           "    | ^~~~\n");
    expect("colour = 5", "f:1:1: error: unknown key 'colour'; " + std::string(kKnown) +
                             "  1 | colour = 5\n"
                             "    | ^~~~~~\n");
    expect("\n\nport = 99999  # too much",
           "f:3:8: error: port: 99999 is out of range; write a whole number from 1 to 65535\n"
           "  3 | port = 99999  # too much\n"
           "    |        ^~~~~\n");
    expect("port = \"7400\"",
           "f:1:8: error: port: this is a string; write a whole number from 1 to 65535\n"
           "  1 | port = \"7400\"\n"
           "    |        ^~~~~~\n");
    expect("default = \"froward\"",
           "f:1:11: error: default: 'froward' is none of its values; did you mean \"forward\"?\n"
           "  1 | default = \"froward\"\n"
           "    |           ^~~~~~~~~\n");
    expect("interfaces = [\"e0\", \"type=wfi\"]",
           "f:1:21: error: interfaces: interface selector 'type=wfi': unknown type; the known ones "
           "are ethernet, wifi, loopback, bridge, tunnel, container, other\n"
           "  1 | interfaces = [\"e0\", \"type=wfi\"]\n"
           "    |                     ^~~~~~~~~~\n");
    expect("level = \"debug\"",
           "f:1:1: error: 'level' belongs to [log]; write that above it\n"
           "  1 | level = \"debug\"\n"
           "    | ^~~~~\n");
    expect("version = 2",
           "f:1:11: error: version: this mcastd knows version 1 of the file only; write version = "
           "1\n"
           "  1 | version = 2\n"
           "    |           ^\n");
    expect("[log]\nlevle = \"info\"",
           "f:2:1: error: unknown key 'levle' in [log]; did you mean 'level'?\n"
           "  2 | levle = \"info\"\n"
           "    | ^~~~~\n");
}

struct Wrong {
    const char* text;
    const char* what;  // in the one message
};

TEST(ConfigSettings, EachSayHowToMendThem) {
    for (const auto& [text, what] : std::vector<Wrong>{
             {"name = \"\"", "name: this is empty; give it a value or leave the key out"},
             {"name = 5", "name: this is a whole number; write it in \"quotes\""},
             {"name = \"a\\u0007\"", "name: this has control characters; leave them out"},
             {"default = true", "default: this is true or false; write \"forward\" or \"drop\""},
             {"interfaces = []", "interfaces: an empty list is no interface at all; name one"},
             {"interfaces = [5]", "interfaces: this is a whole number; write a string"},
             {"interfaces = 5", "interfaces: this is a whole number; write a list of strings"},
             {"peers = [\"239.1.1.1\"]", "'239.1.1.1' is no peer; write an address of one host"},
             {"peers = [\"lan\"]", "'lan' is no peer"},
             {"peers = [\"10.0.0.1\", \"10.0.0.1\"]", "'10.0.0.1' is there twice; leave one out"},
             {"port = 0", "port: 0 is out of range; write a whole number from 1 to 65535"},
             {"port = -1", "port: -1 is out of range"},
             {"port = 74.5", "port: this is a number with a fraction; write a whole number"},
             {"port = 2020-01-01", "port: this is a date or time"},
             {"hops_max = 256",
              "hops_max: 256 is out of range; write a whole number from 1 to 255"},
             {"[control]\nsocket = \"run/x\"", "write a path that starts with /"},
             {"[metrics]\nlisten = \"9469\"", "'9469' is nothing to listen at; write an address"},
             {"[metrics]\nlisten = \"127.0.0.1\"", "and a port, as in \"127.0.0.1:9469\""},
             {"[log]\nformat = \"xml\"",
              "log.format: 'xml' is none of its values; write \"text\" "
              "or \"json\""},
             {"[limits]\nmemory = \"64Q\"",
              "limits.memory: '64Q' is no size; write a size from "
              "\"1M\" to \"64G\", such as \"64M\""},
             {"[limits]\nmemory = \"1K\"", "'1K' is out of range"},
             {"[limits]\nmemory = 5", "limits.memory: 5 is out of range"},
             {"[limits]\nflows_max = 0", "limits.flows_max: 0 is out of range"},
             {"log = \"info\"", "log: this is a string; write [log] and its keys below"},
             {"[[log]]\nlevel = \"info\"", "log: there is one of these; write [log]"},
             {"[domain]\nname = \"a\"", "write [[domain]], with two brackets"},
             {"domain = 5", "domain: this is a whole number; write [[domain]]"},
             {"domain = [5]", "domain: this is a whole number; write [[domain]]"},
             {"[[domain]]", "[[domain]]: it has no name; write one"},
             {"[[domain]]\nname = \"mcastd\"", "relays use \"mcastd\" to find each other"},
             {"[[domain]]\nname = \"a\"\n[[domain]]\nname = \"a\"",
              "name: the domain in line 1 has this name already; remove one"},
             {"[[domain]]\nname = \"a\"\nport = 5", "unknown key 'port' in [[domain]]"}}) {
        const std::string messages = said(text);
        EXPECT_NE(messages.find(what), std::string::npos) << text << "\n" << messages;
        EXPECT_EQ(messages.find("error: "), messages.rfind("error: ")) << messages;
    }
}

TEST(ConfigSettings, HaveLimitsThatAreNamed) {
    std::string domains;
    for (std::size_t i = 0; i <= kDomainsMax; ++i)
        domains += "[[domain]]\nname = \"d" + std::to_string(i) + "\"\n";
    EXPECT_NE(said(domains).find("33 [[domain]]; the limit is 32"), std::string::npos);
    std::string list = "interfaces = [";
    for (std::size_t i = 0; i <= kSelectorsMax; ++i)
        list += "\"e0\",\n";
    EXPECT_NE(said(list + "]").find("these are 33 selectors; the limit is 32"), std::string::npos);
    EXPECT_NE(
        said("name = \"" + std::string(64, 'n') + "\"").find("64 bytes long; the limit is 63"),
        std::string::npos);
    EXPECT_NE(said("[control]\nsocket = \"/" + std::string(107, 'n') + "\"").find("limit is 107"),
              std::string::npos);
}

TEST(ConfigSettings, AreTakenFromTheEnvironmentAndFlagsAboveIt) {
    const std::vector<Override> overrides{{"port", "7501", "MCAST_PORT"},
                                          {"interfaces", "e*,!docker0", "MCAST_INTERFACES"},
                                          {"metrics.listen", "", "MCAST_METRICS_LISTEN"},
                                          {"port", "7502", "--port"}};
    const auto result = parse_config(
        "port = 7500\nname = \"x\"\n[metrics]\nlisten = \"127.0.0.1:1\"", "f", overrides);
    ASSERT_TRUE(result.config) << result.messages();
    EXPECT_EQ(result.config->port, 7502);
    EXPECT_EQ(result.config->interfaces, (std::vector<std::string>{"e*", "!docker0"}));
    EXPECT_FALSE(result.config->metrics.listen);
    EXPECT_EQ(result.origins.at("port"), "--port");
    EXPECT_EQ(result.origins.at("name"), "f:2");
    EXPECT_EQ(result.origins.at("metrics.listen"), "MCAST_METRICS_LISTEN");
    EXPECT_EQ(result.origins.count("log.level"), 0u);
}

TEST(ConfigSettings, OfTheEnvironmentAreCheckedAsThoseOfTheFile) {
    const std::vector<Override> overrides{{"port", "many", "MCAST_PORT"},
                                          {"log.level", "loud", "--log-level"}};
    const auto result = parse_config("hops_max = 0", "f", overrides);
    EXPECT_FALSE(result.config);
    EXPECT_EQ(result.messages(),
              "f:1:12: error: hops_max: 0 is out of range; write a whole number from 1 to 255\n"
              "  1 | hops_max = 0\n"
              "    |            ^\n"
              "MCAST_PORT: error: this is a string; write a whole number from 1 to 65535\n"
              "--log-level: error: 'loud' is none of its values; write \"debug\", \"info\", "
              "\"warning\" or \"error\"\n");
}

TEST(ConfigSettings, OfTheEnvironmentAreKnownByTheirName) {
    const std::array<const char*, 7> environment{
        "PATH=/bin",    "MCAST_LOG_LEVEL=debug", "MCAST_PRT=1", "MCAST_DOMAIN=x",
        "MCAST_TOOL=x", "MCAST_NAME=a=b",        nullptr};
    const EnvironmentSettings found = read_environment(environment.data());
    ASSERT_EQ(found.overrides.size(), 2u);
    EXPECT_EQ(found.overrides[0].key, "log.level");
    EXPECT_EQ(found.overrides[0].text, "debug");
    EXPECT_EQ(found.overrides[1].text, "a=b");
    ASSERT_EQ(found.warnings.size(), 1u) << "the others are none of ours";
    EXPECT_EQ(to_string(found.warnings[0]),
              "MCAST_PRT: warning: no setting is called so and it does nothing; did you mean "
              "MCAST_PORT?\n");
}

TEST(ConfigSettings, EachHaveAVariableAndAFlag) {
    EXPECT_EQ(variable_of("limits.flows_max"), "MCAST_LIMITS_FLOWS_MAX");
    EXPECT_EQ(flag_of("limits.flows_max"), "--limits-flows-max");
    for (const Setting& setting : settings()) {
        EXPECT_EQ(find_setting(setting.key), &setting);
        EXPECT_FALSE(setting.meaning.empty()) << setting.key;
    }
}

}  // namespace
}  // namespace mcastd
