#include "tools/mcastd/metrics.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace mcastd {
namespace {

std::size_t count_of(const std::string& text, const std::string& part) {
    std::size_t count = 0;
    for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size())
        ++count;
    return count;
}

bool has_line(const std::string& text, const std::string& line) {
    return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

TEST(MetricsWriterTest, BothFormatsNameCountersAsTheyWant) {
    for (const auto& [format, type] :
         {std::pair{MetricsFormat::OpenMetrics, "# TYPE a counter"},
          std::pair{MetricsFormat::Prometheus, "# TYPE a_total counter"}}) {
        MetricsWriter writer(format);
        writer.single(MetricKind::Counter, "a", "Help.", std::uint64_t{3});
        const std::string text = writer.finish();
        EXPECT_TRUE(has_line(text, type)) << text;
        EXPECT_TRUE(has_line(text, "a_total 3")) << text;
        EXPECT_EQ(has_line(text, "# EOF"), format == MetricsFormat::OpenMetrics);
    }
}

TEST(MetricsWriterTest, LabelsAreEscapedAndCut) {
    MetricsWriter writer(MetricsFormat::OpenMetrics);
    writer.family(MetricKind::Gauge, "g", "Help.");
    writer.sample({{"a", "say \"hi\"\n\\"}, {"b", std::string(500, 'x')}}, 1.5);
    const std::string text = writer.finish();
    EXPECT_NE(text.find("g{a=\"say \\\"hi\\\"\\\\x0a\\\\\",b=\""), std::string::npos) << text;
    EXPECT_EQ(count_of(text, "x"), MetricsWriter::kLabelMax + 1);
    EXPECT_NE(text.find("\"} 1.5\n"), std::string::npos) << text;
}

TEST(MetricsWriterTest, AFamilyOfManySamplesKeepsItsSum) {
    MetricsWriter writer(MetricsFormat::OpenMetrics);
    writer.family(MetricKind::Counter, "c", "Help.");
    for (std::size_t i = 0; i < MetricsWriter::kSamplesMax + 50; ++i)
        writer.sample({{"rule", std::to_string(i)}}, std::uint64_t{2});
    writer.single(MetricKind::Gauge, "next", "Help.", std::uint64_t{1});
    const std::string text = writer.finish();
    EXPECT_EQ(count_of(text, "c_total{"), MetricsWriter::kSamplesMax + 1);
    EXPECT_TRUE(has_line(text, "c_total{rule=\"other\"} 100")) << text;
    EXPECT_LT(text.find("other"), text.find("# HELP next"));
}

TEST(MetricsWriterTest, NumbersAreWholeWhereTheyAre) {
    MetricsWriter writer(MetricsFormat::OpenMetrics);
    writer.single(MetricKind::Gauge, "big", "Help.", std::uint64_t{1} << 40);
    writer.single(MetricKind::Gauge, "small", "Help.", 0.25);
    const std::string text = writer.finish();
    EXPECT_TRUE(has_line(text, "big 1099511627776")) << text;
    EXPECT_TRUE(has_line(text, "small 0.25")) << text;
}

TEST(MetricsWriterTest, AHistogramIsCumulativeAndEndsWithAll) {
    mcast::relay::LatencyHistogram latency;
    latency.add(std::chrono::microseconds(1));
    latency.add(std::chrono::microseconds(3), 2);
    latency.add(std::chrono::seconds(60));
    MetricsWriter writer(MetricsFormat::OpenMetrics);
    writer.histogram("h_seconds", "Help.", latency);
    const std::string text = writer.finish();
    EXPECT_TRUE(has_line(text, "h_seconds_bucket{le=\"1.024e-06\"} 1")) << text;
    EXPECT_TRUE(has_line(text, "h_seconds_bucket{le=\"4.096e-06\"} 3")) << text;
    EXPECT_TRUE(has_line(text, "h_seconds_bucket{le=\"+Inf\"} 4")) << text;
    EXPECT_TRUE(has_line(text, "h_seconds_count 4")) << text;
}

TEST(MetricsTest, DropsAreThereByCauseAlsoWhenRoutesAreMany) {
    Snapshot all;
    for (int i = 0; i < 500; ++i) {
        RouteView& route = all.routes.emplace_back();
        route.carries = "domain " + std::to_string(i);
        route.dropped = {{"rule", 1}, {"loop", 2}};
    }
    const std::string text = metrics_text(all, MetricsFormat::OpenMetrics);
    EXPECT_TRUE(has_line(text, "mcastd_dropped_datagrams_total{cause=\"loop\"} 1000"));
    EXPECT_TRUE(has_line(text, "mcastd_dropped_datagrams_total{cause=\"rule\"} 500"));
    EXPECT_LT(std::count(text.begin(), text.end(), '\n'), 2000);
}

TEST(MetricsTest, EachFamilyIsThereOnceWithHelp) {
    const std::string text = metrics_text(Snapshot{}, MetricsFormat::Prometheus);
    EXPECT_EQ(count_of(text, "# HELP "), count_of(text, "# TYPE "));
    for (const char* name : {"mcastd_ready", "mcastd_forwarded_datagrams_total", "mcastd_limit",
                             "mcastd_rule_hits_total", "mcastd_interface_dropped_total"})
        EXPECT_EQ(count_of(text, "# TYPE " + std::string(name) + " "), 1u) << name;
}

}  // namespace
}  // namespace mcastd
