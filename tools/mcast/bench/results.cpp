#include "tools/mcast/bench/results.hpp"

#include <algorithm>

namespace mcast::bench {
namespace {

const cli::Histogram& times_of(const Case& what, const Round& round) {
    return what.mode == Mode::RoundTrip || round.ends.empty() ? round.sender.round_trips
                                                              : round.ends.front().latencies;
}

bool in_time(const Case& what) {
    return what.mode == Mode::RoundTrip || what.mode == Mode::Latency;
}

}  // namespace

double headline_of(const Case& what, const Round& round) {
    if (in_time(what)) return static_cast<double>(times_of(what, round).quantile(0.5).count());
    return round.rate();
}

std::vector<const Round*> CaseResult::counted() const {
    std::vector<const Round*> clean;
    std::vector<const Round*> all;
    for (const Round& round : rounds) {
        all.push_back(&round);
        if (round.trouble(what.excused_drop()).empty()) clean.push_back(&round);
    }
    return clean.empty() ? all : clean;
}

std::size_t CaseResult::clean_count() const {
    return static_cast<std::size_t>(std::count_if(
        rounds.begin(), rounds.end(),
        [this](const Round& round) { return round.trouble(what.excused_drop()).empty(); }));
}

Spread CaseResult::spread(const std::function<double(const Round&)>& value) const {
    std::vector<double> values;
    for (const Round* round : counted())
        values.push_back(value(*round));
    return spread_of(values);
}

Spread CaseResult::headline() const {
    return spread([this](const Round& round) { return headline_of(what, round); });
}

bool CaseResult::is_time() const {
    return in_time(what);
}

cli::Histogram CaseResult::times() const {
    cli::Histogram all;
    for (const Round* round : counted())
        all.merge(times_of(what, *round));
    return all;
}

double CaseResult::lost_share() const {
    std::uint64_t sent = 0;
    std::uint64_t lost = 0;
    for (const Round& round : rounds) {
        sent += round.sender.sent * round.ends.size();
        lost += round.lost();
    }
    return sent == 0 ? 0 : static_cast<double>(lost) / static_cast<double>(sent);
}

const CaseResult* GroupResult::find(const std::function<bool(const Case&)>& wanted) const {
    const auto found = std::find_if(cases.begin(), cases.end(), [&](const CaseResult& each) {
        return wanted(each.what) && !each.rounds.empty();
    });
    return found == cases.end() ? nullptr : &*found;
}

std::optional<double> ratio(const CaseResult& one, const CaseResult& other) {
    const double scale =
        one.is_time() ? 1.0
                      : static_cast<double>(one.what.size) / static_cast<double>(other.what.size);
    std::vector<double> clean;
    for (std::size_t i = 0; i < std::min(one.rounds.size(), other.rounds.size()); ++i) {
        const double below = headline_of(other.what, other.rounds[i]);
        if (below > 0 && one.rounds[i].trouble(one.what.excused_drop()).empty() &&
            other.rounds[i].trouble(other.what.excused_drop()).empty())
            clean.push_back(scale * headline_of(one.what, one.rounds[i]) / below);
    }
    if (!clean.empty()) return spread_of(clean).median;
    const double below = other.headline().median;
    if (one.rounds.empty() || below <= 0) return std::nullopt;
    return scale * one.headline().median / below;
}

}  // namespace mcast::bench
