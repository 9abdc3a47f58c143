#include "tools/mcastd/tables.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <span>
#include <vector>

#include "tools/mcast/text.hpp"
#include "tools/mcastd/moment.hpp"

namespace mcastd {
namespace {

using mcast::cli::clipped;
using mcast::cli::columns;
using mcast::cli::printable;
using Row = std::vector<std::string>;

mcast::Duration duration_of(double seconds) {
    return std::chrono::duration_cast<mcast::Duration>(std::chrono::duration<double>(seconds));
}

std::string whole(const Json& number) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.0f", number.number);
    return text.data();
}

std::string text_or_dash(const Json& text) {
    return text.text.empty() ? "-" : printable(text.text);
}

// A table that fits: the widest columns give way, one column of the terminal at a time.
std::string fitting(std::vector<Row> rows, std::size_t width) {
    constexpr std::size_t kGap = 2;        // between columns, see cli::table
    constexpr std::size_t kNarrowest = 4;  // a column is not cut below this
    std::vector<std::size_t> widths(rows.front().size(), 0);
    for (const Row& row : rows)
        for (std::size_t i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], columns(row[i]));
    std::size_t sum = kGap * (widths.size() - 1);
    for (const std::size_t one : widths)
        sum += one;
    while (sum > width) {
        const auto widest = std::max_element(widths.begin(), widths.end());
        if (*widest <= kNarrowest) break;
        --*widest;
        --sum;
    }
    for (Row& row : rows)
        for (std::size_t i = 0; i < row.size(); ++i)
            row[i] = clipped(row[i], widths[i]);
    return mcast::cli::table(rows);
}

// "name: text" with the text indented to a column of its own.
void line(std::string& text, std::string_view name, const std::string& content, std::size_t width) {
    constexpr std::size_t kColumn = 12;
    std::string whole_line(name);
    whole_line.append(kColumn - std::min(kColumn - 1, whole_line.size()), ' ');
    text += clipped(whole_line + content, width) + "\n";
}

std::string bytes_text(double bytes) {
    constexpr std::array<const char*, 5> kUnits{"B", "KiB", "MiB", "GiB", "TiB"};
    std::size_t unit = 0;
    for (; bytes >= 1024 && unit + 1 < kUnits.size(); ++unit)
        bytes /= 1024;
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), unit == 0 ? "%.0f %s" : "%.1f %s", bytes, kUnits[unit]);
    return text.data();
}

std::string usage_text(const Json& usage, std::string_view what) {
    return short_number(usage["used"].number) + " of " + short_number(usage["max"].number) + " " +
           std::string(what);
}

double sum_of(const Json& counts) {
    double sum = 0;
    for (const Json& one : counts.elements)
        sum += one.number;
    return sum;
}

std::string largest_of(const Json& counts) {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < counts.elements.size(); ++i)
        if (counts.elements[i].number > 0) order.push_back(i);
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return counts.elements[a].number > counts.elements[b].number;
    });
    std::vector<std::string> parts;
    for (const std::size_t i : std::span(order).first(std::min<std::size_t>(order.size(), 3)))
        parts.push_back(printable(counts.names[i]) + " " + short_number(counts.elements[i].number));
    return mcast::cli::join(parts, ", ");
}

void routes_text(const Json& routes, std::string& text, std::size_t width) {
    if (routes.elements.empty()) return;
    std::vector<Row> rows{{"CARRIES", "FROM", "TO", "STATE", "FORWARDED", "DROPPED", "MOSTLY"}};
    for (const Json& one : routes.elements) {
        rows.push_back({text_or_dash(one["carries"]), text_or_dash(one["from"]),
                        text_or_dash(one["to"]), text_or_dash(one["state"]),
                        short_number(one["forwarded"]["datagrams"].number),
                        short_number(sum_of(one["dropped"])), largest_of(one["dropped"])});
    }
    text += "\n" + fitting(std::move(rows), width);
}

void machines_text(const Json& all, std::string& text, std::size_t width) {
    const Json& memory = all["memory"];
    line(text, "memory",
         bytes_text(memory["used"].number) + " of " + bytes_text(memory["max"].number) +
             (largest_of(all["shed"]).empty() ? "" : "; given up: " + largest_of(all["shed"])),
         width);
    line(text, "limits",
         usage_text(all["flows"], "flows") + ", " + usage_text(all["queue"], "queued") + ", " +
             usage_text(all["dedup_entries"], "fingerprints"),
         width);
    line(text, "loops",
         short_number(all["duplicates_dropped"].number) + " duplicates and " +
             short_number(all["loops_dropped"].number) + " loops dropped, " +
             mcast::cli::counted(static_cast<std::size_t>(all["storms"].number), "storm"),
         width);
    const Json& latency = all["latency"];
    if (latency["count"].number > 0) {
        line(text, "latency",
             "p50 " + duration_text(duration_of(latency["p50_us"].number / 1e6)) + ", p99 " +
                 duration_text(duration_of(latency["p99_us"].number / 1e6)) + " within the relay",
             width);
    }
    const Json& control = all["control"];
    line(text, "control",
         mcast::cli::counted(static_cast<std::size_t>(control["clients"].number), "client") + ", " +
             whole(control["dropped"]) + " dropped, " + whole(control["refused"]) +
             " refused; log: " + whole(all["log"]["suppressed"]) + " suppressed, " +
             whole(all["log"]["lost"]) + " lost",
         width);
}

}  // namespace

std::string short_number(double number) {
    constexpr std::array<const char*, 5> kUnits{"", "k", "M", "G", "T"};
    std::size_t unit = 0;
    // From 999.5 on "%.3g" would say 1e+03.
    for (; std::fabs(number) >= (unit == 0 ? 10000 : 999.5) && unit + 1 < kUnits.size(); ++unit)
        number /= 1000;
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), unit == 0 ? "%.0f%s" : "%.3g%s", number, kUnits[unit]);
    return text.data();
}

std::string status_table(const Json& all, std::size_t width) {
    std::string text;
    const Json& config = all["config"];
    line(text, "mcastd",
         printable(all["name"].text) + " " + printable(all["version"].text) + ", relay " +
             printable(all["id"].text) + ", pid " + whole(all["pid"]),
         width);
    line(text, "up",
         duration_text(duration_of(all["uptime"].number)) + ", since " +
             printable(all["started_at"].text),
         width);
    line(
        text, "config",
        (config["path"].text.empty() ? "none: built-in defaults" : printable(config["path"].text)) +
            ", loaded " + printable(config["loaded_at"].text),
        width);
    if (!config["error"].text.empty())
        line(text, "", "refused: " + printable(config["error"].text), width);
    line(text, "state", all["ready"].truth ? "ready" : printable(all["not_ready_why"].text), width);
    if (!all["notes"].text.empty()) line(text, "", printable(all["notes"].text), width);
    if (!all["previous_end"].text.empty())
        line(text, "last run", printable(all["previous_end"].text), width);
    const auto sees = [&](const char* name, const char* noun) {
        return mcast::cli::counted(static_cast<std::size_t>(all[name].number), noun);
    };
    line(text, "sees",
         sees("interfaces", "interface") + ", " + sees("peers", "peer") + ", " +
             sees("topics", "topic") + "; " + sees("rules", "rule"),
         width);
    machines_text(all, text, width);
    routes_text(all["routes"], text, width);
    return text;
}

std::string interfaces_table(const Json& document, std::size_t width) {
    std::vector<Row> rows{
        {"NAME", "KIND", "USED", "IN/s", "OUT/s", "IN", "OUT", "LOST", "RELAYS", "ADDRESS", "WHY"}};
    for (const Json& one : document["interfaces"].elements) {
        const Json& addresses = one["addresses"];
        rows.push_back({printable(one["name"].text), printable(one["kind"].text),
                        one["in_use"].truth ? "yes" : "no",
                        short_number(one["received_rate"].number),
                        short_number(one["sent_rate"].number),
                        short_number(one["received"]["datagrams"].number),
                        short_number(one["sent"]["datagrams"].number),
                        short_number(one["receive_dropped"].number + one["send_errors"].number),
                        whole(one["relays"]),
                        addresses.elements.empty() ? "-" : printable(addresses.elements[0].text),
                        text_or_dash(one["state"])});
    }
    return fitting(std::move(rows), width);
}

std::string peers_table(const Json& document, std::size_t width) {
    std::vector<Row> rows{{"NAME", "ID", "DOMAIN", "INTERFACE", "HOPS", "VIA", "TOPICS", "HEARD"}};
    for (const Json& one : document["peers"].elements) {
        rows.push_back({text_or_dash(one["name"]), printable(one["id"].text),
                        text_or_dash(one["domain"]), text_or_dash(one["interface"]),
                        whole(one["hops"]), text_or_dash(one["relay"]), whole(one["topics"]),
                        duration_text(duration_of(one["heard_ago"].number)) + " ago"});
    }
    return fitting(std::move(rows), width);
}

std::string topics_table(const Json& document, std::size_t width) {
    std::vector<Row> rows{
        {"NAME", "DOMAIN", "TYPE", "DELIVERY", "PUBLISH", "SUBSCRIBE", "FORWARDED"}};
    for (const Json& one : document["topics"].elements) {
        rows.push_back({text_or_dash(one["name"]), text_or_dash(one["domain"]),
                        printable(one["type"].text), printable(one["delivery"].text),
                        whole(one["publishers"]), whole(one["subscribers"]),
                        short_number(one["forwarded"]["datagrams"].number)});
    }
    return fitting(std::move(rows), width);
}

std::string rules_table(const Json& document, std::size_t width) {
    std::vector<Row> rows{{"RULE", "LINE", "HITS", "DROPPED", "LAST", "WHAT"}};
    for (const Json& one : document["rules"].elements) {
        rows.push_back({whole(one["index"]), whole(one["line"]), short_number(one["hits"].number),
                        short_number(one["drops"].number),
                        one["last_hit_ago"].is_null()
                            ? "never"
                            : duration_text(duration_of(one["last_hit_ago"].number)) + " ago",
                        printable(one["text"].text)});
    }
    return fitting(std::move(rows), width);
}

}  // namespace mcastd
