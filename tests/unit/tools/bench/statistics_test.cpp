#include "tools/mcast/bench/statistics.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "tools/mcast/bench/results.hpp"

namespace mcast::bench {
namespace {

using namespace std::chrono_literals;

// A round in which so many messages were sent and arrived, at so many a second.
Round round_of(std::uint64_t sent, std::uint64_t received, double rate) {
    Round round;
    round.sender.sent = sent;
    round.sender.thread = {1s, 400ms, 200ms, 1ms};
    EndResult end;
    end.received = received;
    end.window_messages = 1000;
    end.window_seconds = 1000 / rate;
    end.thread = {1s, 100ms, 100ms, 1ms};
    round.ends.push_back(end);
    return round;
}

CaseResult result_of(Path path, const std::vector<Round>& rounds) {
    CaseResult result;
    result.what.path = path;
    result.rounds = rounds;
    return result;
}

TEST(Spread, MedianOfOddAndEvenCounts) {
    EXPECT_EQ(spread_of(std::vector<double>{}).count, 0u);
    const Spread odd = spread_of(std::vector<double>{5, 1, 9});
    EXPECT_EQ(odd.median, 5);
    EXPECT_EQ(odd.min, 1);
    EXPECT_EQ(odd.max, 9);
    EXPECT_EQ(spread_of(std::vector<double>{4, 1, 2, 100}).median, 3);
}

TEST(Round, EverythingSentIsReceivedOrLost) {
    const Round round = round_of(1000, 990, 500);
    EXPECT_EQ(round.lost(), 10u);
    EXPECT_DOUBLE_EQ(round.lost_share(), 0.01);
    EXPECT_DOUBLE_EQ(round.rate(), 500);
    EXPECT_DOUBLE_EQ(round.sender_cost(), 600e3);
    EXPECT_DOUBLE_EQ(round.sender_user_cost(), 400e3);
    EXPECT_DOUBLE_EQ(round.sender_share(), 0.6);
}

TEST(Round, SeveralEndsLoseEachForItselfAndTheSlowestCounts) {
    Round round = round_of(1000, 1000, 500);
    round.ends.push_back(round_of(1000, 400, 100).ends.front());
    EXPECT_EQ(round.lost(), 600u);
    EXPECT_DOUBLE_EQ(round.lost_share(), 0.3);
    EXPECT_DOUBLE_EQ(round.rate(), 100);
}

TEST(Round, TroubleIsLossDamageWaitingAndSilence) {
    EXPECT_EQ(round_of(1000, 1000, 1).trouble(0), "");
    EXPECT_EQ(round_of(1000, 999, 1).trouble(0), "");
    EXPECT_EQ(round_of(1000, 990, 1).trouble(0), "lost 1.00 %");
    EXPECT_EQ(round_of(1000, 990, 1).trouble(0.01), "") << "it was dropped on purpose";
    Round waited = round_of(1000, 1000, 1);
    waited.ends.front().thread.waited = 100ms;
    EXPECT_NE(waited.trouble(0).find("waited 10.0 %"), std::string::npos);
    Round damaged = round_of(1000, 1000, 1);
    damaged.ends.front().corrupt = 3;
    EXPECT_EQ(damaged.trouble(0), "3 messages arrived damaged");
    Round stalled = round_of(1000, 1000, 1);
    stalled.sender.stalls = 2;
    EXPECT_NE(stalled.trouble(0), "");
}

TEST(CaseResult, RoundsWithTroubleAreLeftOutUnlessAllHaveSome) {
    const CaseResult some =
        result_of(Path::Typed, {round_of(10, 10, 100), round_of(10, 1, 5), round_of(10, 10, 200)});
    EXPECT_EQ(some.clean_count(), 2u);
    EXPECT_NEAR(some.headline().median, 150, 1e-6);
    EXPECT_DOUBLE_EQ(some.lost_share(), 0.3) << "loss is of all rounds";
    const CaseResult none = result_of(Path::Typed, {round_of(10, 1, 5)});
    EXPECT_EQ(none.clean_count(), 0u);
    EXPECT_NEAR(none.headline().median, 5, 1e-6);
}

TEST(Ratio, IsTakenRoundByRound) {
    // The machine is three times slower in the second round, for both.
    const CaseResult one = result_of(Path::Typed, {round_of(1, 1, 300), round_of(1, 1, 100)});
    const CaseResult raw = result_of(Path::RawPacked, {round_of(1, 1, 600), round_of(1, 1, 200)});
    ASSERT_TRUE(ratio(one, raw).has_value());
    EXPECT_NEAR(*ratio(one, raw), 0.5, 1e-9);
}

TEST(Ratio, OfDifferentSizesIsByBytes) {
    CaseResult large = result_of(Path::Typed, {round_of(1, 1, 100)});
    large.what.size = 2048;
    CaseResult raw = result_of(Path::RawPacked, {round_of(1, 1, 400)});
    raw.what.size = 1024;
    EXPECT_NEAR(ratio(large, raw).value_or(0), 0.5, 1e-9);
}

TEST(Ratio, IsNothingWithoutRounds) {
    EXPECT_FALSE(ratio(result_of(Path::Typed, {}), result_of(Path::RawPacked, {})).has_value());
    EXPECT_FALSE(
        ratio(result_of(Path::Typed, {round_of(1, 1, 1)}), result_of(Path::RawPacked, {})));
}

}  // namespace
}  // namespace mcast::bench
