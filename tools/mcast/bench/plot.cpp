#include "tools/mcast/bench/plot.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace mcast::bench {
namespace {

// Of the image and of what is drawn in it, in its own units.
constexpr double kWidth = 720;
constexpr double kHeight = 360;
constexpr double kLeft = 78;
constexpr double kRight = kWidth - 36;
constexpr double kTop = 16;
constexpr double kBottom = kHeight - 52;
constexpr double kNinesMax = 7;

std::string number(double value) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.1f", value);
    return text.data();
}

double along(const Axis& axis, double value, double from, double to) {
    const double share = axis.to > axis.from ? (value - axis.from) / (axis.to - axis.from) : 0.5;
    return from + std::clamp(share, 0.0, 1.0) * (to - from);
}

std::string text_at(double x, double y, const char* anchor, const std::string& text) {
    return "<text x=\"" + number(x) + "\" y=\"" + number(y) + "\" text-anchor=\"" + anchor + "\">" +
           escape(text) + "</text>";
}

std::string line(double x1, double y1, double x2, double y2, const std::string& kind) {
    return "<line class=\"" + kind + "\" x1=\"" + number(x1) + "\" y1=\"" + number(y1) +
           "\" x2=\"" + number(x2) + "\" y2=\"" + number(y2) + "\"/>";
}

std::string frame(const Axis& x, const Axis& y) {
    std::string svg;
    for (const auto& [value, label] : y.ticks) {
        const double at = along(y, value, kBottom, kTop);
        svg += line(kLeft, at, kRight, at, "grid") + text_at(kLeft - 8, at + 4, "end", label);
    }
    for (const auto& [value, label] : x.ticks) {
        const double at = along(x, value, kLeft, kRight);
        svg += line(at, kTop, at, kBottom, "grid") + text_at(at, kBottom + 18, "middle", label);
    }
    svg += line(kLeft, kBottom, kRight, kBottom, "axis");
    svg += text_at((kLeft + kRight) / 2, kHeight - 10, "middle", x.title);
    // Turned about its own place.
    const double middle = (kTop + kBottom) / 2;
    return svg + "<text x=\"14\" y=\"" + number(middle) +
           "\" text-anchor=\"middle\" transform=\"rotate(-90 14 " + number(middle) + ")\">" +
           escape(y.title) + "</text>";
}

std::string draw(const Series& series, const Axis& x, const Axis& y) {
    const std::string color = "c" + std::to_string(series.color % kPlotColors);
    std::string path;
    std::string marks;
    for (const Series::Point& point : series.points) {
        const double at = along(x, point.x, kLeft, kRight);
        const double up = along(y, point.y, kBottom, kTop);
        path += (path.empty() ? "M" : " L") + number(at) + " " + number(up);
        if (point.high > point.low) {
            marks += line(at, along(y, point.low, kBottom, kTop), at,
                          along(y, point.high, kBottom, kTop), "whisker " + color);
        }
        if (series.marked) {
            marks += "<circle class=\"" + color + "\" cx=\"" + number(at) + "\" cy=\"" +
                     number(up) + "\" r=\"3.5\"/>";
        }
    }
    return "<g><title>" + escape(series.name) + "</title><path class=\"line " + color +
           (series.dashed ? " dashed" : "") + "\" d=\"" + path + "\"/>" + marks + "</g>";
}

}  // namespace

std::string escape(const std::string& text) {
    std::string safe;
    for (const char character : text) {
        switch (character) {
            case '&':
                safe += "&amp;";
                break;
            case '<':
                safe += "&lt;";
                break;
            case '>':
                safe += "&gt;";
                break;
            case '"':
                safe += "&quot;";
                break;
            default:
                safe += character;
        }
    }
    return safe;
}

std::string plot(const std::string& title, const Axis& x, const Axis& y,
                 const std::vector<Series>& series) {
    std::string html = "<figure><figcaption>" + escape(title) + "</figcaption><svg viewBox=\"0 0 " +
                       number(kWidth) + " " + number(kHeight) + "\" role=\"img\" aria-label=\"" +
                       escape(title) + "\">" + frame(x, y);
    std::string legend;
    for (const Series& each : series) {
        if (each.points.empty()) continue;
        html += draw(each, x, y);
        legend += std::string("<li><i class=\"c") + std::to_string(each.color % kPlotColors) +
                  (each.dashed ? " dashed" : "") + "\"></i>" + escape(each.name) + "</li>";
    }
    return html + "</svg><ul class=\"legend\">" + legend + "</ul></figure>\n";
}

double decade(double value) {
    return std::log10(std::max(value, 1e-12));
}

Axis decades(const std::string& title, double least, double largest,
             const std::function<std::string(double)>& label) {
    Axis axis;
    axis.title = title;
    axis.from = std::floor(decade(least));
    axis.to = std::max(axis.from + 1, std::ceil(decade(largest)));
    for (double at = axis.from; at <= axis.to; at += 1)
        axis.ticks.emplace_back(at, label(std::pow(10.0, at)));
    return axis;
}

std::vector<Series::Point> percentile_points(const cli::Histogram& times) {
    std::vector<Series::Point> points;
    if (times.count() == 0) return points;
    const double last = std::min(kNinesMax, std::log10(static_cast<double>(times.count())));
    constexpr double kStep = 0.05;  // of a nine: smooth to the eye
    const auto add = [&](double nines) {
        const auto time = times.quantile(1 - std::pow(10.0, -nines));
        points.push_back(
            {nines, decade(static_cast<double>(std::max<std::int64_t>(1, time.count()))), 0, 0});
    };
    for (double nines = 0; nines < last; nines += kStep)
        add(nines);
    add(last);
    return points;
}

Axis percentile_axis(std::uint64_t count) {
    Axis axis;
    axis.title = "percentile";
    axis.to =
        std::clamp(std::ceil(std::log10(static_cast<double>(std::max<std::uint64_t>(count, 10)))),
                   2.0, kNinesMax);
    axis.ticks.emplace_back(0, "0 %");
    axis.ticks.emplace_back(decade(2), "50 %");
    std::string nines = "9";
    for (double at = 1; at <= axis.to; at += 1) {
        axis.ticks.emplace_back(at, at < 2 ? "90 %" : nines + " %");
        nines += at < 2 ? "9" : at < 3 ? ".9" : "9";
    }
    return axis;
}

}  // namespace mcast::bench
