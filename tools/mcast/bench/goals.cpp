#include "tools/mcast/bench/goals.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <utility>

#include "tools/mcast/bench/device.hpp"
#include "tools/mcast/duration.hpp"

namespace mcast::bench {
namespace {

using Verdict = Goal::Verdict;

std::string fixed(double value, int digits) {
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%.*f", digits, value);
    return text.data();
}

const GroupResult* group_of(const std::vector<GroupResult>& groups, const std::string& id) {
    const auto found = std::find_if(groups.begin(), groups.end(),
                                    [&](const GroupResult& group) { return group.id == id; });
    return found == groups.end() ? nullptr : &*found;
}

const CaseResult* case_of(const GroupResult& group, Path path, const std::string& backend,
                          std::size_t subscribers = 1) {
    return group.find([&](const Case& what) {
        return what.path == path && what.backend == backend && what.subscribers == subscribers;
    });
}

// How the headline stands to a raw path, which it has to reach or not to exceed.
struct RatioGoal {
    const char* group;
    const char* work;
    Path path;
    Path reference;
    double bound;
    double rate;  // that is wanted as well; 0: none
    const char* wanted;
};
constexpr std::array<RatioGoal, 6> kRatioGoals{{
    {"throughput-64", "64-byte typed messages", Path::Typed, Path::RawCapnp, 0.6, 6e6,
     "≥ 6 M/s; ≥ 0.6 × (Cap'n Proto build and read + raw segmented)"},
    {"throughput-64", "64-byte ready-made messages", Path::Ready, Path::RawSegmented, 0.5, 18e6,
     "≥ 18 M/s; ≥ 0.5 × raw segmented"},
    {"throughput-1024", "1 KiB typed messages", Path::Typed, Path::RawSegmented, 0.5, 2e6,
     "≥ 2 M/s; ≥ 0.5 × raw segmented"},
    {"throughput-1408", "bulk, 1408 bytes a datagram", Path::Ready, Path::RawSegmented, 0.8, 0,
     "≥ 0.8 × raw segmented"},
    {"rtt-64-spin", "round trip, spinning", Path::Typed, Path::RawSingle, 1.15, 0,
     "p50 ≤ 1.15 × raw spinning socket"},
    {"rtt-64-sleep", "round trip, sleeping", Path::Typed, Path::RawSingle, 1.15, 0,
     "p50 ≤ 1.15 × raw blocking socket"},
}};

std::string measured_text(const CaseResult& result) {
    const double headline = result.headline().median;
    return result.is_time() ? "p50 " + cli::format_duration(Duration(std::llround(headline)))
                            : cli::format_rate(headline);
}

// A median of rounds that all had trouble judges nothing.
Verdict judge(const CaseResult& result, bool reached) {
    if (result.clean_count() == 0) return Verdict::Open;
    return reached ? Verdict::Met : Verdict::NotMet;
}

void disturb(Goal& goal, const CaseResult& result) {
    if (result.clean_count() == 0) goal.measured += " (no round undisturbed)";
}

void judge_ratios(const std::vector<GroupResult>& groups, const std::string& backend,
                  std::vector<Goal>& all) {
    for (const RatioGoal& wanted : kRatioGoals) {
        const GroupResult* const group = group_of(groups, wanted.group);
        const CaseResult* const result =
            group == nullptr ? nullptr : case_of(*group, wanted.path, backend);
        if (result == nullptr) continue;
        Goal goal{wanted.work, wanted.wanted, backend, measured_text(*result), Verdict::Open};
        const CaseResult* reference = case_of(*group, wanted.reference, {});
        // A round trip is held against the raw path of the same backend.
        const CaseResult* const ring = case_of(*group, Path::RawRing, {});
        if (backend == "uring" && result->is_time() && ring != nullptr) reference = ring;
        const auto of = reference == nullptr ? std::nullopt : ratio(*result, *reference);
        if (of) {
            goal.measured += ", " + fixed(*of, 2) + " ×";
            const bool reached = result->is_time() ? *of <= wanted.bound : *of >= wanted.bound;
            goal.verdict = judge(*result, reached && result->headline().median >= wanted.rate);
        }
        disturb(goal, *result);
        all.push_back(goal);
    }
}

// How a backend of DPDK stands to bare DPDK on the same device, which is in its group.
struct DeviceGoal {
    const char* group;  // less the backend
    const char* work;
    Path path;
    double bound;
    const char* wanted;
};
constexpr std::array<DeviceGoal, 3> kDeviceGoals{{
    {"throughput-64-", "64-byte ready-made messages", Path::Ready, 0.7, "≥ 0.7 × raw DPDK"},
    {"throughput-1408-", "bulk, 1408 bytes a datagram", Path::Ready, 0.7, "≥ 0.7 × raw DPDK"},
    {"rtt-64-spin-", "round trip, spinning", Path::Typed, 1.15, "p50 ≤ 1.15 × raw DPDK"},
}};

void judge_device(const std::vector<GroupResult>& groups, const std::string& backend,
                  std::vector<Goal>& all) {
    for (const DeviceGoal& wanted : kDeviceGoals) {
        const GroupResult* const group = group_of(groups, wanted.group + backend);
        if (group == nullptr) continue;
        Goal goal{wanted.work, wanted.wanted, backend, "not measured: see above", Verdict::Open};
        const CaseResult* const result = case_of(*group, wanted.path, backend);
        const CaseResult* const reference = case_of(*group, Path::RawDpdk, backend);
        if (result != nullptr) {
            goal.measured = measured_text(*result);
            const auto of = reference == nullptr ? std::nullopt : ratio(*result, *reference);
            if (of) {
                goal.measured += ", " + fixed(*of, 2) + " ×";
                goal.verdict =
                    judge(*result, result->is_time() ? *of <= wanted.bound : *of >= wanted.bound);
            }
            disturb(goal, *result);
        }
        all.push_back(goal);
    }
}

// Kernel sockets that were told to do without UDP_SEGMENT and UDP_GRO.
void judge_plain(const std::vector<GroupResult>& groups, std::vector<Goal>& all) {
    const GroupResult* const group = group_of(groups, "throughput-64");
    if (group == nullptr) return;
    Goal goal{"the same where GSO is refused", "≥ 0.8 × raw packed", kPlainSockets,
              "not measured: --backend socket-plain", Verdict::Open};
    const CaseResult* const result = case_of(*group, Path::Ready, kPlainSockets);
    const CaseResult* const reference = case_of(*group, Path::RawPacked, {});
    if (result != nullptr && reference != nullptr) {
        const auto of = ratio(*result, *reference);
        goal.measured = measured_text(*result) + (of ? ", " + fixed(*of, 2) + " ×" : "");
        if (of) goal.verdict = judge(*result, *of >= 0.8);
        disturb(goal, *result);
    }
    all.push_back(goal);
}

void judge_fan_out(const std::vector<GroupResult>& groups, const std::string& backend,
                   std::vector<Goal>& all) {
    const GroupResult* const group = group_of(groups, "fan-out-64");
    if (group == nullptr) return;
    const CaseResult* const one = case_of(*group, Path::Typed, backend, 1);
    const auto several_of = [&](Path path, const std::string& of) {
        return group->find([&](const Case& what) {
            return what.path == path && what.backend == of && what.subscribers > 1;
        });
    };
    const CaseResult* const several = several_of(Path::Typed, backend);
    const CaseResult* const raw_one = case_of(*group, Path::RawSegmented, {}, 1);
    const CaseResult* const raw_several = several_of(Path::RawSegmented, {});
    if (one == nullptr || several == nullptr) return;
    const auto cost = [](const CaseResult& result) {
        return result.spread(&Round::sender_cost).median;
    };
    if (cost(*one) <= 0) return;
    const double growth = cost(*several) / cost(*one);
    Goal goal{std::to_string(several->what.subscribers) + " subscribers on as many hosts",
              "publisher's cost of a message ≤ 1.15 × that of one subscriber", backend,
              fixed(cost(*several), 0) + " ns, " + fixed(growth, 2) + " ×",
              judge(*several, growth <= 1.15)};
    if (raw_one != nullptr && raw_several != nullptr && cost(*raw_one) > 0)
        goal.measured += "; raw " + fixed(cost(*raw_several) / cost(*raw_one), 2) + " ×";
    disturb(goal, *several);
    all.push_back(goal);
}

void judge_latency(const std::vector<GroupResult>& groups, const std::string& backend,
                   std::vector<Goal>& all) {
    const GroupResult* const group = group_of(groups, "latency-64-60-sleep");
    const CaseResult* const result =
        group == nullptr ? nullptr : case_of(*group, Path::Typed, backend);
    if (result == nullptr) return;
    Goal goal{"60 messages a second, sleeping", "one way p50 ≤ 60 µs", backend,
              measured_text(*result), judge(*result, result->headline().median <= 60e3)};
    disturb(goal, *result);
    all.push_back(goal);
}

void judge_idle(const std::vector<GroupResult>& groups, const std::string& backend,
                std::vector<Goal>& all) {
    const GroupResult* const group = group_of(groups, "idle");
    const CaseResult* const result =
        group == nullptr ? nullptr : case_of(*group, Path::Typed, backend);
    if (result == nullptr) return;
    const double share = result->spread(&Round::sender_share).median;
    const double resident =
        result
            ->spread([](const Round& round) { return static_cast<double>(round.sender.resident); })
            .median /
        (1 << 20);
    all.push_back({"idle node, discovery running", "< 0.2 % of a core, < 16 MiB resident", backend,
                   cli::format_percent(100 * share) + ", " + fixed(resident, 1) + " MiB",
                   share < 0.002 && resident < 16 ? Verdict::Met : Verdict::NotMet});
}

const CaseResult* reliable_of(const GroupResult& group, const std::string& backend, double drop) {
    return group.find([&](const Case& what) {
        return what.reliable && what.backend == backend && what.drop == drop;
    });
}

void judge_reliable_rates(const std::vector<GroupResult>& groups, const std::string& backend,
                          std::vector<Goal>& all) {
    constexpr std::array<std::pair<double, double>, 2> kBounds{{{0.01, 0.8}, {0.05, 0.5}}};
    for (const char* const size : {"64", "1024"}) {
        const GroupResult* const group = group_of(groups, std::string("reliable-") + size);
        const CaseResult* const whole =
            group == nullptr ? nullptr : reliable_of(*group, backend, 0);
        if (whole == nullptr) continue;
        for (const auto& [drop, bound] : kBounds) {
            const CaseResult* const result = reliable_of(*group, backend, drop);
            const auto of = result == nullptr ? std::nullopt : ratio(*result, *whole);
            if (!of) continue;
            Goal goal{std::string("reliable, ") + size + " bytes, " +
                          cli::format_percent(100 * drop) + " dropped",
                      "≥ " + fixed(bound, 1) + " × its loss-free rate", backend,
                      measured_text(*result) + ", " + fixed(*of, 2) + " ×",
                      judge(*result, *of >= bound)};
            disturb(goal, *result);
            all.push_back(goal);
        }
    }
}

void judge_reliable_latency(const std::vector<GroupResult>& groups, const std::string& backend,
                            std::vector<Goal>& all) {
    for (const char* const rate : {"10000", "50000"}) {
        const GroupResult* const group = group_of(groups, std::string("reliable-latency-") + rate);
        const CaseResult* const whole =
            group == nullptr ? nullptr : reliable_of(*group, backend, 0);
        const CaseResult* const result =
            group == nullptr ? nullptr : reliable_of(*group, backend, 0.01);
        if (whole == nullptr || result == nullptr) continue;
        const auto at = [](const CaseResult& of, double share) {
            return of
                .spread([share](const Round& round) {
                    return static_cast<double>(
                        round.ends.front().latencies.quantile(share).count());
                })
                .median;
        };
        const auto text = [](double ns) {
            return cli::format_duration(Duration(std::llround(ns)));
        };
        const double late = at(*result, 0.99);
        Goal goal{std::string(rate) + "/s with 1 % drop, reliable",
                  "p50 as without drop, p99 ≤ 0.5 ms", backend,
                  "p50 " + text(at(*result, 0.5)) + " (without drop " + text(at(*whole, 0.5)) +
                      "), p99 " + text(late) + " (" + text(at(*whole, 0.99)) + "), p99.9 " +
                      text(at(*result, 0.999)) + " (" + text(at(*whole, 0.999)) + ")",
                  judge(*result, late <= 500e3 && at(*result, 0.5) <= 1.2 * at(*whole, 0.5))};
        disturb(goal, *result);
        all.push_back(goal);
    }
}

}  // namespace

std::string to_string(Goal::Verdict verdict) {
    return verdict == Verdict::Met ? "met" : verdict == Verdict::NotMet ? "NOT MET" : "-";
}

std::vector<Goal> goals(const std::vector<GroupResult>& groups,
                        const std::vector<std::string>& backends) {
    std::vector<Goal> all;
    for (const std::string& backend : backends) {
        if (backend == kPlainSockets) continue;  // a goal of its own
        if (find_device(backend) != nullptr) {
            judge_device(groups, backend, all);
            continue;
        }
        judge_ratios(groups, backend, all);
        judge_fan_out(groups, backend, all);
        judge_latency(groups, backend, all);
        judge_idle(groups, backend, all);
        judge_reliable_rates(groups, backend, all);
        judge_reliable_latency(groups, backend, all);
    }
    judge_plain(groups, all);
    return all;
}

}  // namespace mcast::bench
