#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "relay/latency_histogram.hpp"

namespace mcastd {

enum class MetricsFormat : std::uint8_t {
    OpenMetrics,  // 1.0, application/openmetrics-text
    Prometheus,   // the text format before it, 0.0.4, text/plain
};
[[nodiscard]] std::string_view content_type(MetricsFormat format);

enum class MetricKind : std::uint8_t { Counter, Gauge, Info };

// Writes metrics as text. A family is begun, its samples follow, the next one is begun; names are
// without "_total" and "_info", which the writer adds where they belong.
//
// A family of many samples is kept bounded: those beyond kSamplesMax become one, whose labels all
// say "other" and whose value is their sum. What is of value must come first.
class MetricsWriter {
public:
    static constexpr std::size_t kSamplesMax = 200;  // of a family
    static constexpr std::size_t kLabelMax = 128;    // bytes of a label's value; the rest is cut

    using Label = std::pair<std::string_view, std::string_view>;
    using Labels = std::initializer_list<Label>;

    explicit MetricsWriter(MetricsFormat format) : format_(format) {}

    void family(MetricKind kind, std::string_view name, std::string_view help);
    void sample(Labels labels, double value) { add(labels, value); }
    void sample(Labels labels, std::uint64_t value) { add(labels, static_cast<double>(value)); }
    // A family of one sample.
    void single(MetricKind kind, std::string_view name, std::string_view help, double value);
    void single(MetricKind kind, std::string_view name, std::string_view help,
                std::uint64_t value) {
        single(kind, name, help, static_cast<double>(value));
    }
    // In seconds; one bucket for each power of two.
    void histogram(std::string_view name, std::string_view help,
                   const mcast::relay::LatencyHistogram& histogram);

    // The whole text; ends the writing.
    [[nodiscard]] std::string finish();

private:
    void head(std::string_view type, std::string_view name, std::string_view suffix,
              std::string_view help);
    void add(Labels labels, double value);
    void line(std::string_view suffix,
              const std::vector<std::pair<std::string, std::string>>& labels, double value);
    void end_family();

    MetricsFormat format_;
    std::string text_;
    std::string name_;
    std::string suffix_;
    std::size_t samples_ = 0;
    double other_ = 0;
    std::vector<std::pair<std::string, std::string>> other_labels_;
};

}  // namespace mcastd
