#include "tools/mcast/bench/report.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "tools/mcast/bench/plot.hpp"
#include "tools/mcast/bench/report_style.hpp"
#include "tools/mcast/bench/results_text.hpp"
#include "tools/mcast/duration.hpp"

namespace mcast::bench {
namespace {

using Row = std::vector<std::string>;

// The first row is the head. `kind_of(i)`: the class of row i, or nothing.
std::string table(const std::vector<Row>& rows, const std::string& kind,
                  const std::function<std::string(std::size_t)>& kind_of) {
    std::string html = "<div class=\"scroll\"><table class=\"" + kind + "\">";
    for (std::size_t i = 0; i < rows.size(); ++i) {
        html += "<tr class=\"" + (i == 0 ? std::string() : kind_of(i - 1)) + "\">";
        for (const std::string& cell : rows[i])
            html += (i == 0 ? "<th>" : "<td>") + escape(cell) + (i == 0 ? "</th>" : "</td>");
        html += "</tr>\n";
    }
    return html + "</table></div>\n";
}

std::string goals_html(const std::vector<Goal>& goals) {
    if (goals.empty()) return {};
    std::string html =
        "<h2 id=\"goals\">Goals</h2><div class=\"scroll\"><table class=\"words\">"
        "<tr><th>work</th><th>goal</th><th>backend</th><th>measured</th><th></th></tr>\n";
    for (const Goal& goal : goals) {
        const char* const kind = goal.verdict == Goal::Verdict::Met      ? "met"
                                 : goal.verdict == Goal::Verdict::NotMet ? "missed"
                                                                         : "soft";
        html += "<tr><td>" + escape(goal.work) + "</td><td>" + escape(goal.wanted) + "</td><td>" +
                escape(goal.backend) + "</td><td>" + escape(goal.measured) + "</td><td class=\"" +
                kind + "\">" + escape(to_string(goal.verdict)) + "</td></tr>\n";
    }
    return html + "</table></div>\n";
}

// One line for each path, whatever the group: a colour each, raw ones dashed.
class Palette {
public:
    std::size_t color_of(const std::string& name) {
        return colors_.emplace(name, colors_.size()).first->second;
    }

private:
    std::map<std::string, std::size_t> colors_;
};

std::string throughput_plot(const Suite& suite, Palette& palette) {
    std::map<std::string, Series> lines;
    std::map<std::size_t, bool> sizes;
    double least = 0;
    double largest = 0;
    for (const GroupResult& group : suite.groups) {
        for (const CaseResult& result : group.cases) {
            const Spread rate = result.headline();
            if (result.what.mode != Mode::Throughput || rate.min <= 0) continue;
            // Raw paths stop at a datagram; there is one point for each size all the same.
            Series& line = lines[result.what.path_name()];
            line.points.push_back({std::log2(static_cast<double>(result.what.size)),
                                   decade(rate.median), decade(rate.min), decade(rate.max)});
            line.dashed = is_raw(result.what.path);
            sizes[result.what.size] = true;
            least = least == 0 ? rate.min : std::min(least, rate.min);
            largest = std::max(largest, rate.max);
        }
    }
    if (lines.empty()) return {};
    Axis x{"bytes of a message", 0, 0, {}};
    for (const auto& [size, any] : sizes)
        x.ticks.emplace_back(std::log2(static_cast<double>(size)), std::to_string(size));
    x.from = x.ticks.front().first - 0.3;
    x.to = x.ticks.back().first + 0.3;
    std::vector<Series> all;
    for (auto& [name, line] : lines) {
        line.name = name;
        line.color = palette.color_of(name);
        line.marked = true;
        std::sort(line.points.begin(), line.points.end(),
                  [](const auto& one, const auto& other) { return one.x < other.x; });
        all.push_back(line);
    }
    const auto label = [](double rate) {
        return rate >= 1e6   ? std::to_string(std::llround(rate / 1e6)) + " M/s"
               : rate >= 1e3 ? std::to_string(std::llround(rate / 1e3)) + " k/s"
                             : std::to_string(std::llround(rate)) + "/s";
    };
    return plot("Throughput by size (median, least and most of the rounds)", x,
                decades("messages a second", least, largest, label), all);
}

std::string percentile_plot(const GroupResult& group, Palette& palette) {
    std::vector<Series> all;
    std::uint64_t count = 0;
    double least = 0;
    double largest = 0;
    for (const CaseResult& result : group.cases) {
        const cli::Histogram times = result.times();
        if (times.count() == 0) continue;
        const std::string name = label_of(result.what, group);
        all.push_back({name, palette.color_of(name), is_raw(result.what.path), false,
                       percentile_points(times)});
        count = std::max(count, times.count());
        const auto from = static_cast<double>(std::max<std::int64_t>(1, times.min().count()));
        least = least == 0 ? from : std::min(least, from);
        largest = std::max(largest, static_cast<double>(times.max().count()));
    }
    if (all.empty()) return {};
    const auto label = [](double nanoseconds) {
        // "10 µs": the decades need no digits behind the point.
        const double unit = nanoseconds >= 1e9   ? 1e9
                            : nanoseconds >= 1e6 ? 1e6
                            : nanoseconds >= 1e3 ? 1e3
                                                 : 1;
        const char* const name = unit >= 1e9   ? " s"
                                 : unit >= 1e6 ? " ms"
                                 : unit >= 1e3 ? " µs"
                                               : " ns";
        return std::to_string(std::llround(nanoseconds / unit)) + name;
    };
    return plot(group.title, percentile_axis(count), decades("time", least, largest, label), all);
}

std::string plots_html(const Suite& suite) {
    Palette palette;
    std::string html = throughput_plot(suite, palette);
    for (const GroupResult& group : suite.groups) {
        if (!group.cases.empty() && group.cases.front().is_time())
            html += percentile_plot(group, palette);
    }
    return html.empty() ? html
                        : "<h2 id=\"plots\">Plots</h2><div class=\"plots\">" + html + "</div>\n";
}

std::string tables_html(const Suite& suite) {
    std::string html =
        "<h2 id=\"tables\">Figures</h2><p class=\"soft\">Medians of the rounds that "
        "count. Columns with a slash: in terms of that raw path, measured a moment "
        "before or after; for times, less is better.</p>\n";
    for (const GroupResult& group : suite.groups) {
        const auto rows = result_rows(group);
        if (rows.size() < 2) continue;
        std::vector<bool> raw;
        for (const CaseResult& result : group.cases) {
            if (!result.rounds.empty()) raw.push_back(is_raw(result.what.path));
        }
        html += "<h3>" + escape(group.title) + "</h3>" +
                table(rows, "", [&](std::size_t i) { return raw[i] ? "raw" : ""; });
        const std::string troubles = troubles_text(group);
        if (!troubles.empty()) {
            html += "<details><summary>What was wrong with rounds</summary><pre>" +
                    escape(troubles) + "</pre></details>\n";
        }
    }
    return html;
}

std::string peers_html(const std::vector<PeerRow>& peers) {
    std::string html = "<h2 id=\"peers\">Other libraries</h2>\n";
    if (peers.empty()) {
        return html + "<p class=\"soft\">Not measured in this run; bench/peers does.</p>\n";
    }
    std::vector<Row> rows{
        {"library", "bytes", "delivered", "lost", "dropped", "p50", "p99", "note"}};
    for (const PeerRow& peer : peers) {
        const auto time = [](double microseconds) {
            return microseconds > 0
                       ? cli::format_duration(Duration(std::llround(microseconds * 1e3)))
                       : std::string("-");
        };
        rows.push_back({peer.peer + (peer.variant.empty() ? "" : " " + peer.variant) +
                            (peer.mode == "throughput" ? "" : ", " + peer.mode),
                        std::to_string(std::llround(peer.size)),
                        peer.rate > 0 ? cli::format_rate(peer.rate) : "-",
                        cli::format_percent(100 * peer.lost), cli::format_percent(100 * peer.drop),
                        time(peer.p50_us), time(peer.p99_us), peer.note});
    }
    return html + table(rows, "", [](std::size_t) { return ""; });
}

std::string environment_html(const Suite& suite) {
    std::string html = "<h2 id=\"environment\">Environment</h2>\n";
    for (const FactGroup& group : suite.environment) {
        std::vector<Row> rows{{group.name, ""}};
        for (const auto& [name, value] : group.facts)
            rows.push_back({name, value});
        html += table(rows, "words", [](std::size_t) { return ""; });
    }
    for (const std::string& other : suite.other_environments)
        html +=
            "<details><summary>Another end</summary><pre>" + escape(other) + "</pre></details>\n";
    return html;
}

std::string notes_html(const Place& place) {
    const std::string rounds = std::to_string(place.rounds);
    std::string left_out;
    for (const std::string& missing : place.left_out)
        left_out += "<li>Left out: " + escape(missing) + "</li>";
    return "<h2 id=\"notes\">How to read this</h2><ul>" + left_out +
           "<li>Every libmcast path stands beside raw ones of the same group: same link, same "
           "message sizes, each message written and read. A group is measured in " +
           rounds + " round" + (place.rounds == 1 ? "" : "s") +
           "; within a round its cases follow each other in random order. Ratios are taken within "
           "a round, then the median: a machine that is slow for a minute is slow for both.</li>"
           "<li>A round is left out, and named, if more than 0.1 % of the messages were lost "
           "without being dropped on purpose, if a thread waited more than 6 % of the time for its "
           "CPU, or if messages arrived damaged. If no round is left, the figures are of disturbed "
           "ones: <em>0/" +
           rounds +
           "</em> in the last column.</li>"
           "<li>Throughput is of messages that arrived, after the warm-up, at the slowest "
           "subscriber; the sender keeps a window of unacknowledged datagrams, so nothing is lost "
           "unless the path loses it.</li>"
           "<li>One-way times count from when a message was due, not from when it was sent "
           "(no coordinated omission). Histograms are log-linear, 1 % wide.</li>"
           "<li>Each backend of DPDK stands beside bare DPDK on the same device, in processes of "
           "their own for each case, both ends spinning.</li>"
           "<li>On a virtual machine speed wanders by a third within minutes; believe ratios, "
           "not figures.</li></ul>\n";
}

}  // namespace

std::string report(const Suite& suite, const Place& place, const std::vector<Goal>& goals,
                   const std::vector<PeerRow>& peers) {
    std::string what;
    for (const FactGroup& group : suite.environment) {
        for (const auto& [name, value] : group.facts) {
            const bool wanted = name == "cpu" || name == "release" || name == "driver" ||
                                name == "libmcast" || name == "cores";
            if (wanted)
                what += (what.empty() ? "" : " · ") +
                        (name == "libmcast" ? "libmcast " + value : value);
        }
    }
    return "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta "
           "name=\"viewport\" "
           "content=\"width=device-width, initial-scale=1\"><title>mcast bench</title><style>" +
           std::string(kReportStyle) +
           "</style></head><body>\n<h1>mcast bench</h1><p class=\"soft\">" + escape(what) +
           "</p>\n" + goals_html(goals) + plots_html(suite) + tables_html(suite) +
           peers_html(peers) + environment_html(suite) + notes_html(place) + "</body></html>\n";
}

}  // namespace mcast::bench
