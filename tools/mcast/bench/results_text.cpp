#include "tools/mcast/bench/results_text.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "tools/mcast/duration.hpp"
#include "tools/mcast/text.hpp"

namespace mcast::bench {
namespace {

using Row = std::vector<std::string>;

std::string fixed(double value, int digits) {
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%.*f", digits, value);
    return text.data();
}

std::string time_text(const cli::Histogram& times, double quantile) {
    return times.count() == 0 ? "-" : cli::format_duration(times.quantile(quantile));
}

std::string rounds_text(const CaseResult& result) {
    return std::to_string(result.clean_count()) + "/" + std::to_string(result.rounds.size());
}

// The raw paths of a group that `one` can be compared with.
std::vector<const CaseResult*> references(const GroupResult& group) {
    std::vector<const CaseResult*> found;
    for (const CaseResult& each : group.cases) {
        if (is_raw(each.what.path) && each.what.subscribers == 1 && each.what.drop == 0)
            found.push_back(&each);
    }
    return found;
}

// The one of that path for the same number of ends and the same loss.
const CaseResult* beside(const GroupResult& group, const CaseResult& one, Path path) {
    return group.find([&](const Case& what) {
        return what.path == path && what.subscribers == one.what.subscribers &&
               what.drop == one.what.drop;
    });
}

Row head_of(const GroupResult& group, bool time) {
    Row head{"path"};
    if (time)
        head.insert(head.end(), {"p50", "p90", "p99", "p99.9", "max"});
    else
        head.insert(head.end(), {"delivered", "Gbit/s", "send ns", "receive ns"});
    for (const CaseResult* reference : references(group))
        head.push_back("/ " + reference->what.path_name().substr(4));
    head.insert(head.end(), {"lost", "clean rounds"});
    return head;
}

Row row_of(const GroupResult& group, const CaseResult& result) {
    Row row{label_of(result.what, group)};
    if (result.is_time()) {
        const cli::Histogram times = result.times();
        for (const double quantile : {0.5, 0.9, 0.99, 0.999, 1.0})
            row.push_back(time_text(times, quantile));
    } else {
        const double rate = result.headline().median;
        row.push_back(cli::format_rate(rate));
        row.push_back(fixed(rate * static_cast<double>(result.what.size) * 8e-9, 2));
        row.push_back(fixed(result.spread(&Round::sender_cost).median, 0));
        row.push_back(fixed(result.spread(&Round::receiver_cost).median, 0));
    }
    for (const CaseResult* reference : references(group))
        row.push_back(ratio_text(result, beside(group, result, reference->what.path)));
    row.push_back(cli::format_percent(100 * result.lost_share()));
    row.push_back(rounds_text(result));
    return row;
}

std::vector<Row> idle_rows(const GroupResult& group) {
    std::vector<Row> rows{{"path", "of a core", "resident"}};
    for (const CaseResult& result : group.cases) {
        const double share = result.spread(&Round::sender_share).median;
        const double resident = result
                                    .spread([](const Round& round) {
                                        return static_cast<double>(round.sender.resident);
                                    })
                                    .median;
        rows.push_back({result.what.path_name(), cli::format_percent(100 * share),
                        fixed(resident / (1 << 20), 1) + " MiB"});
    }
    return rows;
}

std::string environment_text(const Suite& suite, const Place& place) {
    std::string text;
    for (const FactGroup& group : suite.environment) {
        Row parts;
        for (const auto& [name, value] : group.facts)
            parts.push_back(std::string(name).append(" ").append(value));
        text += group.name + ": " + cli::join(parts, "; ") + "\n";
    }
    Row cores;
    for (const int core : place.cores)
        cores.push_back(std::to_string(core));
    for (const std::string& missing : place.left_out)
        text += "left out: " + cli::printable(missing) + "\n";
    return text + "run: " + std::to_string(place.rounds) + " rounds in turns, each " +
           cli::format_duration(place.timing.duration) + " after " +
           cli::format_duration(place.timing.warm_up) + " of warm-up; " +
           (cores.empty() ? "not pinned" : "cores " + cli::join(cores, ",")) + "; seed " +
           std::to_string(place.seed) + "\n";
}

}  // namespace

std::string label_of(const Case& what, const GroupResult& group) {
    std::string label = what.path_name();
    for (const CaseResult& other : group.cases) {
        if (other.what.subscribers == what.subscribers) continue;
        label += " to " + std::to_string(what.subscribers);
        break;
    }
    for (const CaseResult& other : group.cases) {
        if (other.what.drop == what.drop) continue;
        label += ", " + cli::format_percent(100 * what.drop) + " dropped";
        break;
    }
    return label;
}

std::string ratio_text(const CaseResult& one, const CaseResult* other) {
    if (other == nullptr) return "-";
    const auto of = ratio(one, *other);
    return of ? fixed(*of, 2) : "-";
}

std::vector<Row> result_rows(const GroupResult& group) {
    if (group.cases.front().what.mode == Mode::Idle) return idle_rows(group);
    std::vector<Row> rows{head_of(group, group.cases.front().is_time())};
    for (const CaseResult& result : group.cases) {
        if (!result.rounds.empty()) rows.push_back(row_of(group, result));
    }
    return rows;
}

std::string troubles_text(const GroupResult& group) {
    std::string text;
    for (const CaseResult& result : group.cases) {
        const std::string label = label_of(result.what, group);
        if (!result.error.empty())
            text += "  ! " + label + ": not measured: " + cli::printable(result.error) + "\n";
        for (std::size_t i = 0; i < result.rounds.size(); ++i) {
            const std::string trouble = result.rounds[i].trouble(result.what.excused_drop());
            if (trouble.empty()) continue;
            text.append("  ! ").append(label).append(", round ").append(std::to_string(i + 1));
            text.append(": ").append(trouble);
            text += result.clean_count() > 0 ? "; left out\n" : "\n";
        }
    }
    return text;
}

std::string goals_text(const std::vector<Goal>& goals) {
    if (goals.empty()) return {};
    std::vector<Row> rows{{"work", "goal", "backend", "measured", ""}};
    for (const Goal& goal : goals)
        rows.push_back(
            {goal.work, goal.wanted, goal.backend, goal.measured, to_string(goal.verdict)});
    return "\nGoals\n" + cli::table(rows);
}

std::string peers_text(const std::vector<PeerRow>& peers) {
    if (peers.empty()) return {};
    std::vector<Row> rows{{"library", "mode", "bytes", "delivered", "p50", "lost", "dropped"}};
    for (const PeerRow& peer : peers) {
        rows.push_back({cli::printable(peer.peer + " " + peer.variant), cli::printable(peer.mode),
                        fixed(peer.size, 0), peer.rate > 0 ? cli::format_rate(peer.rate) : "-",
                        peer.p50_us > 0 ? fixed(peer.p50_us, 1) + " µs" : "-",
                        cli::format_percent(100 * peer.lost),
                        cli::format_percent(100 * peer.drop)});
    }
    return "\nOther libraries\n" + cli::table(rows);
}

std::string results_text(const Suite& suite, const Place& place) {
    std::string text = environment_text(suite, place);
    for (const GroupResult& group : suite.groups) {
        const bool any =
            std::any_of(group.cases.begin(), group.cases.end(), [](const CaseResult& result) {
                return !result.rounds.empty() || !result.error.empty();
            });
        if (!any) continue;  // interrupted before
        text += "\n" + group.title + "\n";
        text += cli::table(result_rows(group));
        text += troubles_text(group);
    }
    return text;
}

}  // namespace mcast::bench
