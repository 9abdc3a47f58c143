#include "tools/mcastd/presets_command.hpp"

#include <gtest/gtest.h>

#include "relay/presets.hpp"
#include "tools/mcastd/json.hpp"

using namespace mcastd;

namespace {

std::string said(const std::string& line) {
    CLI::App app("", "mcastd");
    add_presets(app);
    testing::internal::CaptureStdout();
    app.parse(line);
    return testing::internal::GetCapturedStdout();
}

}  // namespace

TEST(PresetsCommand, ListsThemAllWithWhatTheyStandFor) {
    const std::string text = said("presets");
    for (const mcast::relay::Preset& preset : mcast::relay::presets())
        EXPECT_NE(text.find("\n" + std::string(preset.name) + " "), std::string::npos)
            << preset.name;
    EXPECT_NE(text.find("239.255.255.250:1900"), std::string::npos) << text;
    EXPECT_NE(text.find("broadcast:6454"), std::string::npos) << text;
    EXPECT_NE(text.find("RFC 6762"), std::string::npos) << text;
}

TEST(PresetsCommand, IsJsonWhenAsked) {
    const auto parsed = Json::parse(said("presets --json"));
    ASSERT_TRUE(parsed) << parsed.error().what;
    ASSERT_EQ(parsed->elements.size(), mcast::relay::presets().size());
    for (const Json& preset : parsed->elements) {
        if (preset["name"].text != "ssdp") continue;
        EXPECT_EQ(preset["address"].text, "239.255.255.250");
        EXPECT_EQ(preset["port"].number, 1900);
        EXPECT_EQ(preset["source"].text, "replace");
        EXPECT_EQ(preset["replies_seconds"].number, 30);
        return;
    }
    FAIL() << "ssdp is missing";
}
