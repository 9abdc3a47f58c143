#include "tools/mcastd/log.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tools/mcastd/json.hpp"

namespace mcastd {
namespace {

class LogTest : public testing::Test {
protected:
    Log make(LogLevel level = LogLevel::Info, LogFormat format = LogFormat::Text) {
        return Log(
            {level, format},
            [this](std::string_view line) {
                lines.emplace_back(line);
                return taken;
            },
            [this] { return now; });
    }
    Json last() const {
        auto parsed = Json::parse(lines.back());
        EXPECT_TRUE(parsed) << lines.back();
        return parsed ? *parsed : Json{};
    }

    std::vector<std::string> lines;
    mcast::Instant now{std::chrono::seconds(1000)};
    bool taken = true;
};

TEST_F(LogTest, ATextLineHasTimeLevelEventTextAndFields) {
    Log log = make();
    log.write(LogLevel::Warning, "peer-up", "pad is up", {{"peers", std::uint64_t{3}}});
    ASSERT_EQ(lines.size(), 1u);
    EXPECT_NE(lines[0].find(" warning peer-up: pad is up (peers 3)"), std::string::npos)
        << lines[0];
    EXPECT_EQ(lines[0].substr(4, 1), "-");
}

TEST_F(LogTest, AJsonLineIsOneObject) {
    Log log = make(LogLevel::Info, LogFormat::Json);
    log.write(LogLevel::Info, "peer-up", "pad \"1\"\n", {{"peer", std::string_view("pad\x01")}});
    const Json line = last();
    EXPECT_EQ(line["level"].text, "info");
    EXPECT_EQ(line["event"].text, "peer-up");
    EXPECT_EQ(line["text"].text, "pad \"1\"\n");
    EXPECT_EQ(line["peer"].text, "pad\x01");
    EXPECT_TRUE(line["time"].text.ends_with("Z"));
}

TEST_F(LogTest, WhatIsBelowTheLevelIsNotWritten) {
    Log log = make(LogLevel::Warning);
    log.info("a", "b");
    EXPECT_TRUE(lines.empty());
    log.configure({LogLevel::Debug, LogFormat::Text});
    log.debug("a", "b");
    EXPECT_EQ(lines.size(), 1u);
}

TEST_F(LogTest, AnEventThatRepeatsIsLeftOutCountedAndTold) {
    Log log = make();
    for (int i = 0; i < 100; ++i)
        log.info("storm", "again");
    log.info("other", "comes through");
    EXPECT_EQ(lines.size(), Log::kBurst + 1);
    EXPECT_EQ(log.suppressed(), 100 - Log::kBurst);
    now += std::chrono::seconds(2);
    log.info("storm", "later");
    EXPECT_NE(lines.back().find("(80 like this were left out)"), std::string::npos) << lines.back();
}

TEST_F(LogTest, WhatWasLeftOutIsToldWithoutAnotherLineOfTheEvent) {
    Log log = make();
    log.tell_suppressed();
    EXPECT_TRUE(lines.empty());
    for (std::uint32_t i = 0; i < Log::kBurst + 3; ++i)
        log.info("storm", "again");
    log.tell_suppressed();
    EXPECT_NE(lines.back().find("3 lines of 'storm' left out"), std::string::npos) << lines.back();
    log.tell_suppressed();
    EXPECT_EQ(lines.size(), Log::kBurst + 1);
}

TEST_F(LogTest, WhatHasALimitOfItsOwnIsWrittenEachTime) {
    Log log = make();
    for (int i = 0; i < 100; ++i)
        log.always(LogLevel::Info, "rule", "matched");
    log.always(LogLevel::Debug, "rule", "below the level");
    EXPECT_EQ(lines.size(), 100u);
    EXPECT_EQ(log.suppressed(), 0u);
    log.write(LogLevel::Info, "rule", "another");
    EXPECT_EQ(lines.size(), 101u) << "nor does it use up anybody else's";
}

TEST_F(LogTest, ManyEventsShareALimit) {
    Log log = make();
    for (std::size_t i = 0; i < Log::kEventsMax + 100; ++i)
        log.info("event" + std::to_string(i), "x");
    EXPECT_EQ(lines.size(), Log::kEventsMax + Log::kBurst);
}

TEST_F(LogTest, LongAndWildLinesAreCutAndStayOneLineOfTheirFormat) {
    const std::string wild(10000, '\x02');
    Log text = make();
    text.info("a", wild);
    EXPECT_LE(lines.back().size(), Log::kLineMax + 64);  // and spdlog's frame
    EXPECT_EQ(lines.back().find('\x02'), std::string::npos);
    Log json = make(LogLevel::Info, LogFormat::Json);
    json.info("a", wild);
    EXPECT_LE(lines.back().size(), Log::kLineMax);
    EXPECT_EQ(last()["event"].text, "a");
    EXPECT_EQ(json.lost(), 0u);
}

TEST_F(LogTest, LinesThatNobodyTakesAreCounted) {
    Log log = make();
    taken = false;
    log.info("a", "b");
    EXPECT_EQ(log.lost(), 1u);
}

TEST_F(LogTest, TheLibrarysWordsComeWithTheirDomain) {
    Log log = make();
    log.for_library("tanks")(mcast::LogLevel::Warning, "something");
    EXPECT_NE(lines.back().find("warning library: something (domain tanks)"), std::string::npos);
}

}  // namespace
}  // namespace mcastd
