#include "tools/mcastd/tables.hpp"

#include <gtest/gtest.h>

#include <sstream>
#include <string>

#include "tools/mcast/text.hpp"
#include "tools/mcastd/snapshot_json.hpp"

namespace mcastd {
namespace {

using namespace std::chrono_literals;

// Each text as long and as wild as anything that a network could have sent.
Snapshot wild_snapshot() {
    const std::string wild = "\x1b[2J<" + std::string(60, 'w') + ">\n\xff";
    Snapshot all;
    all.name = all.id = all.version = all.config_path = all.previous_end = wild;
    all.reload_error = all.not_ready_why = all.notes = wild;
    all.interfaces.push_back(
        {1, wild, wild, {wild}, true, true, wild, 2, {9, 9}, {9, 9}, 1e9, 2.5, 3, 4});
    all.routes.push_back(
        {wild, true, wild, wild, wild, true, {1u << 30, 5}, {{wild, 77}, {"b", 8}}});
    all.peers.push_back({wild, wild, wild, wild, wild, 3, wild, 12, 90min});
    all.topics.push_back({wild, wild, ~0ull, wild, 1, 2, {3, 4}});
    all.rules.push_back({1, 7, wild, 5, 6, 3s});
    all.rules.push_back({0, 0, "the default", 0, 0, std::nullopt});
    all.shed = {{wild, 3}};
    all.memory = {5u << 20, 64u << 20};
    return all;
}

Json parsed(const std::string& text) {
    auto json = Json::parse(text);
    EXPECT_TRUE(json) << (json ? "" : json.error().what) << text;
    return json ? *json : Json{};
}

void expect_fits(const std::string& text) {
    EXPECT_TRUE(text.ends_with('\n'));
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        EXPECT_LE(mcast::cli::columns(line), 80u) << line;
        EXPECT_TRUE(mcast::cli::is_printable(line)) << line;
    }
}

TEST(TablesTest, EachTableFits80ColumnsAndHasNoControlCharacters) {
    const Snapshot all = wild_snapshot();
    expect_fits(status_table(parsed(status_json(all)), 80));
    expect_fits(interfaces_table(parsed(interfaces_json(all)), 80));
    expect_fits(peers_table(parsed(peers_json(all)), 80));
    expect_fits(topics_table(parsed(topics_json(all)), 80));
    expect_fits(rules_table(parsed(rules_json(all)), 80));
}

TEST(TablesTest, AnEmptyDaemonIsShownToo) {
    const Snapshot none;
    EXPECT_NE(status_table(parsed(status_json(none)), 80).find("built-in defaults"),
              std::string::npos);
    EXPECT_EQ(peers_table(parsed(peers_json(none)), 80),
              "NAME  ID  DOMAIN  INTERFACE  HOPS  VIA  TOPICS  HEARD\n");
}

TEST(TablesTest, APeerBehindARelayIsShownAsSuch) {
    Snapshot all;
    all.peers.push_back({"0123456789abcdef", "pad", "tanks", "e0", "up", 1, "attic", 2, 1500ms});
    const std::string text = peers_table(parsed(peers_json(all)), 80);
    EXPECT_NE(
        text.find("pad   0123456789abcdef  tanks   e0         1     attic  2       1.5 s ago"),
        std::string::npos)
        << text;
}

TEST(TablesTest, NarrowTerminalsCutTheWidestColumnsFirst) {
    Snapshot all;
    all.rules.push_back({12, 34, std::string(100, 'r'), 5, 0, std::nullopt});
    const std::string text = rules_table(parsed(rules_json(all)), 50);
    EXPECT_NE(text.find("12    34    5     0        never  rrrr"), std::string::npos) << text;
    EXPECT_NE(text.find("…"), std::string::npos) << text;
}

TEST(TablesTest, NumbersAreShort) {
    for (const auto& [number, text] :
         std::initializer_list<std::pair<double, const char*>>{{0, "0"},
                                                               {9999, "9999"},
                                                               {10000, "10k"},
                                                               {12345, "12.3k"},
                                                               {999600, "1M"},
                                                               {4.56e6, "4.56M"},
                                                               {7e9, "7G"}})
        EXPECT_EQ(short_number(number), text);
}

TEST(SnapshotJsonTest, TypesAreHexadecimalAndDurationsSeconds) {
    const Snapshot all = wild_snapshot();
    EXPECT_EQ(parsed(topics_json(all))["topics"].elements[0]["type"].text, "0xffffffffffffffff");
    EXPECT_EQ(parsed(peers_json(all))["peers"].elements[0]["heard_ago"].number, 5400);
    EXPECT_TRUE(parsed(rules_json(all))["rules"].elements[1]["last_hit_ago"].is_null());
    EXPECT_EQ(parsed(status_json(all))["memory"]["max"].number, 64 << 20);
}

TEST(JsonTest, WhatIsNotJsonIsRefused) {
    EXPECT_FALSE(Json::parse(""));
    EXPECT_FALSE(Json::parse("{\"a\":"));
    EXPECT_FALSE(Json::parse(std::string(1000, '[')));
    EXPECT_TRUE(Json::parse("[1,true,null,\"x\"]"));
}

}  // namespace
}  // namespace mcastd
