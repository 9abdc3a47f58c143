#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "tools/mcast/histogram.hpp"

namespace mcast::bench {

// A line of a plot. `low` and `high` of a point draw a whisker where they differ.
struct Series {
    struct Point {
        double x = 0;
        double y = 0;
        double low = 0;
        double high = 0;
    };
    std::string name;
    std::size_t color = 0;  // of kPlotColors
    bool dashed = false;
    bool marked = false;  // with a dot at each point
    std::vector<Point> points;
};
inline constexpr std::size_t kPlotColors = 8;

// An axis: what it shows, and where it is labelled.
struct Axis {
    std::string title;
    double from = 0;
    double to = 1;
    std::vector<std::pair<double, std::string>> ticks;
};

// One SVG image in the colours of the page (CSS variables), with a legend behind it.
[[nodiscard]] std::string plot(const std::string& title, const Axis& x, const Axis& y,
                               const std::vector<Series>& series);

// From the decade below the least to the one above the largest, a tick at each; on a plot, values
// are drawn by decade().
[[nodiscard]] Axis decades(const std::string& title, double least, double largest,
                           const std::function<std::string(double)>& label);
[[nodiscard]] double decade(double value);

// The quantiles of a histogram, x by the nines: 0 is the least, 1 is 90 %, 2 is 99 %, …;
// y by decade() of nanoseconds. As far as the count of values can tell.
[[nodiscard]] std::vector<Series::Point> percentile_points(const cli::Histogram& times);
[[nodiscard]] Axis percentile_axis(std::uint64_t count);

// Text inside HTML or SVG.
[[nodiscard]] std::string escape(const std::string& text);

}  // namespace mcast::bench
