#include "relay/presets.hpp"

#include <gtest/gtest.h>

#include <set>

using namespace mcast;
using namespace mcast::relay;

TEST(Presets, TheOnesThatWereAskedForAreThere) {
    EXPECT_EQ(to_string(find_preset("minecraft")->destination()), "224.0.2.60:4445");
    EXPECT_EQ(to_string(find_preset("ssdp")->destination()), "239.255.255.250:1900");
    EXPECT_EQ(to_string(find_preset("artnet")->destination()), "255.255.255.255:6454");
    EXPECT_EQ(to_string(find_preset("steam")->destination()), "255.255.255.255:27036");
    EXPECT_EQ(to_string(find_preset("mdns")->destination()), "224.0.0.251:5353");
    for (const char* name : {"luanti", "sacn", "factorio", "warcraft3"})
        EXPECT_NE(find_preset(name), nullptr) << name;
    EXPECT_EQ(find_preset("doom"), nullptr);
}

TEST(Presets, AreSortedByNameAndMakeSense) {
    std::set<std::string_view> names;
    std::string_view before;
    for (const Preset& preset : presets()) {
        EXPECT_LT(before, preset.name);
        before = preset.name;
        const Endpoint destination = preset.destination();
        EXPECT_TRUE(destination.address.is_multicast() ||
                    destination.address.is_limited_broadcast())
            << preset.name;
        EXPECT_NE(destination.port, 0) << preset.name;
        EXPECT_FALSE(preset.what.empty()) << preset.name;
        // Answers find their way to a kept source by themselves.
        EXPECT_FALSE(preset.keep_source && preset.replies > Duration::zero()) << preset.name;
    }
}

TEST(Presets, WhatCrossesWhereItShouldNotIsWarnedOf) {
    EXPECT_NE(find_preset("mdns")->warning.find("6762"), std::string_view::npos);
}
