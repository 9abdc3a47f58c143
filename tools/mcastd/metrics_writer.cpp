#include "tools/mcastd/metrics_writer.hpp"

#include <array>
#include <charconv>
#include <cmath>

#include "tools/mcast/text.hpp"

namespace mcastd {
namespace {

using mcast::relay::LatencyHistogram;

std::string number_text(double value) {
    if (!std::isfinite(value)) return value > 0 ? "+Inf" : std::isnan(value) ? "NaN" : "-Inf";
    std::array<char, 40> text{};
    // Counters as whole numbers, as long as a double holds them exactly.
    constexpr double kExact = 9007199254740992.0;  // 2^53
    const bool whole = value == std::floor(value) && std::fabs(value) < kExact;
    const auto [end, error] = whole ? std::to_chars(text.data(), text.data() + text.size(),
                                                    static_cast<std::int64_t>(value))
                                    : std::to_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} ? std::string(text.data(), end) : "NaN";
}

// A label's value: UTF-8, with \ " and line breaks escaped.
std::string escaped(std::string_view value) {
    std::string shown;
    for (const char character : mcast::cli::printable(value.substr(0, MetricsWriter::kLabelMax))) {
        if (character == '\\' || character == '"') shown += '\\';
        shown += character;
    }
    return shown;
}

}  // namespace

std::string_view content_type(MetricsFormat format) {
    return format == MetricsFormat::OpenMetrics
               ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
               : "text/plain; version=0.0.4; charset=utf-8";
}

void MetricsWriter::head(std::string_view type, std::string_view name, std::string_view suffix,
                         std::string_view help) {
    end_family();
    name_ = name;
    suffix_ = suffix;
    // OpenMetrics names the family, the format before it the samples.
    const std::string named =
        format_ == MetricsFormat::OpenMetrics ? name_ : name_ + std::string(suffix);
    text_ += "# HELP " + named + " " + std::string(help) + "\n";
    text_ += "# TYPE " + named + " " + std::string(type) + "\n";
}

void MetricsWriter::family(MetricKind kind, std::string_view name, std::string_view help) {
    switch (kind) {
        case MetricKind::Counter:
            return head("counter", name, "_total", help);
        case MetricKind::Gauge:
            return head("gauge", name, "", help);
        case MetricKind::Info:
            return head(format_ == MetricsFormat::OpenMetrics ? "info" : "gauge", name, "_info",
                        help);
    }
}

void MetricsWriter::single(MetricKind kind, std::string_view name, std::string_view help,
                           double value) {
    family(kind, name, help);
    sample({}, value);
}

void MetricsWriter::add(Labels labels, double value) {
    ++samples_;
    if (samples_ > kSamplesMax) {
        other_ += value;
        if (!other_labels_.empty()) return;
        for (const auto& [name, unused] : labels)
            other_labels_.emplace_back(name, "other");
        return;
    }
    std::vector<std::pair<std::string, std::string>> shown;
    for (const auto& [name, content] : labels)
        shown.emplace_back(name, escaped(content));
    line(suffix_, shown, value);
}

void MetricsWriter::line(std::string_view suffix,
                         const std::vector<std::pair<std::string, std::string>>& labels,
                         double value) {
    text_ += name_ + std::string(suffix);
    char before = '{';
    for (const auto& [name, content] : labels) {
        text_.append(1, before).append(name).append("=\"").append(content).append("\"");
        before = ',';
    }
    text_ += (labels.empty() ? " " : "} ") + number_text(value) + "\n";
}

void MetricsWriter::end_family() {
    if (samples_ > kSamplesMax) line(suffix_, other_labels_, other_);
    samples_ = 0;
    other_ = 0;
    other_labels_.clear();
}

void MetricsWriter::histogram(std::string_view name, std::string_view help,
                              const LatencyHistogram& histogram) {
    head("histogram", name, "", help);
    constexpr std::size_t kSteps = std::size_t{1} << LatencyHistogram::kStepPower;
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i + 1 < LatencyHistogram::kBucketCount; ++i) {
        sum += histogram[i];
        if (i % kSteps != 0) continue;  // the ends of powers of two: 1.024 µs, 2.048 µs, …
        const double upper = static_cast<double>(LatencyHistogram::upper(i).count()) / 1e9;
        line("_bucket", {{"le", number_text(upper)}}, static_cast<double>(sum));
    }
    line("_bucket", {{"le", "+Inf"}}, static_cast<double>(histogram.count()));
    line("_count", {}, static_cast<double>(histogram.count()));
    line("_sum", {}, static_cast<double>(histogram.sum().count()) / 1e9);
}

std::string MetricsWriter::finish() {
    end_family();
    if (format_ == MetricsFormat::OpenMetrics) text_ += "# EOF\n";
    return std::move(text_);
}

}  // namespace mcastd
