#include "tools/mcast/bench/report.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

#include "tools/mcast/bench/plot.hpp"
#include "tools/mcast/bench/results_json.hpp"

namespace mcast::bench {
namespace {

using namespace std::chrono_literals;

std::size_t count_of(const std::string& text, const std::string& part) {
    std::size_t count = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
        ++count;
    return count;
}

Suite suite_of() {
    Suite suite;
    suite.environment = {{"machine", {{"cpu", "<fast> & \"good\""}}}};
    GroupResult throughput{"throughput-64", "Throughput", {}};
    GroupResult times{"rtt-64-spin", "Round trip", {}};
    for (const Path path : {Path::RawCapnp, Path::RawSegmented, Path::RawSingle, Path::Typed}) {
        CaseResult result;
        result.what.path = path;
        result.what.backend = is_raw(path) ? "" : "socket";
        Round round;
        round.sender.sent = 100;
        round.ends.resize(1);
        round.ends[0].received = 100;
        round.ends[0].window_messages = path == Path::Typed ? 7'000'000 : 10'000'000;
        round.ends[0].window_seconds = 1;
        for (int i = 1; i <= 1000; ++i)
            round.sender.round_trips.add(i * (path == Path::Typed ? 20us : 10us));
        result.rounds = {round};
        throughput.cases.push_back(result);
        result.what.mode = Mode::RoundTrip;
        times.cases.push_back(result);
    }
    suite.groups = {throughput, times};
    return suite;
}

TEST(Goals, AreJudgedByRatioAndRate) {
    const auto all = goals(suite_of().groups, {"socket"});
    ASSERT_FALSE(all.empty());
    EXPECT_EQ(all[0].work, "64-byte typed messages");
    EXPECT_EQ(all[0].verdict, Goal::Verdict::Met) << all[0].measured;
    EXPECT_EQ(all[1].work, "round trip, spinning");
    EXPECT_EQ(all[1].verdict, Goal::Verdict::NotMet) << all[1].measured;
}

TEST(Goals, DisturbedRoundsJudgeNothing) {
    Suite suite = suite_of();
    for (GroupResult& group : suite.groups) {
        for (CaseResult& result : group.cases)
            result.rounds[0].sender.thread = {1s, 0s, 0s, 500ms};
    }
    for (const Goal& goal : goals(suite.groups, {"socket"}))
        EXPECT_EQ(goal.verdict, Goal::Verdict::Open) << goal.work;
}

TEST(Report, HoldsPlotsTablesAndNothingFromElsewhere) {
    const Suite suite = suite_of();
    PeerRow peer;
    peer.peer = "<other>";
    peer.mode = "throughput";
    const std::string html = report(suite, {}, goals(suite.groups, {"socket"}), {peer});
    EXPECT_EQ(count_of(html, "<svg"), 2u);
    EXPECT_EQ(count_of(html, "<svg"), count_of(html, "</svg>"));
    EXPECT_EQ(count_of(html, "<table"), count_of(html, "</table>"));
    EXPECT_EQ(count_of(html, "class=\"line "), 8u);
    EXPECT_NE(html.find("&lt;fast&gt; &amp; &quot;good&quot;"), std::string::npos);
    EXPECT_NE(html.find("&lt;other&gt;"), std::string::npos);
    for (const char* outside : {"http://", "https://", "<script", "<link", "<img", "url("})
        EXPECT_EQ(html.find(outside), std::string::npos) << outside;
}

TEST(Plot, PercentilesRunByNines) {
    cli::Histogram times;
    for (int i = 1; i <= 1000; ++i)
        times.add(i * 1us);
    const auto points = percentile_points(times);
    ASSERT_GT(points.size(), 10u);
    EXPECT_EQ(points.front().x, 0);
    EXPECT_DOUBLE_EQ(points.back().x, 3) << "a thousand values know three nines";
    EXPECT_NEAR(points.back().y, 6, 0.01) << "decade of 1 ms in ns";
    for (std::size_t i = 1; i < points.size(); ++i) {
        EXPECT_GT(points[i].x, points[i - 1].x);
        EXPECT_GE(points[i].y, points[i - 1].y);
    }
    const Axis axis = percentile_axis(times.count());
    EXPECT_EQ(axis.ticks.back().second, "99.9 %");
    EXPECT_TRUE(percentile_points(cli::Histogram()).empty());
}

TEST(PeerRows, AreLinesOfJson) {
    const std::string path = testing::TempDir() + "peer_rows.jsonl";
    std::ofstream(path) << R"({"peer":"LCM","size":64,"rate":190000,"lost":0.04,"else":[1]})"
                        << "\n\n"
                        << R"({"peer":"ENet","mode":"rtt","size":64,"p50us":28.5})"
                        << "\n";
    const auto rows = read_peer_rows(path);
    ASSERT_TRUE(rows) << rows.error().what;
    ASSERT_EQ(rows->size(), 2u);
    EXPECT_EQ((*rows)[0].peer, "LCM");
    EXPECT_EQ((*rows)[0].mode, "throughput");
    EXPECT_EQ((*rows)[0].rate, 190000);
    EXPECT_EQ((*rows)[1].p50_us, 28.5);
    std::ofstream(path) << "{}\n{\"peer\": ";
    const auto broken = read_peer_rows(path);
    ASSERT_FALSE(broken);
    EXPECT_NE(broken.error().what.find("line 2"), std::string::npos) << broken.error().what;
    std::remove(path.c_str());
    EXPECT_FALSE(read_peer_rows(path));
}

}  // namespace
}  // namespace mcast::bench
