#include "tools/mcast/bench/results_json.hpp"

#include "tools/mcast/json_writer.hpp"

namespace mcast::bench {
namespace {

using cli::JsonWriter;

double microseconds(Duration duration) {
    return static_cast<double>(duration.count()) / 1e3;
}

void write(JsonWriter& json, const ThreadTime& thread) {
    json.begin_object().field("wall_us", microseconds(thread.wall));
    json.field("user_us", microseconds(thread.user));
    json.field("system_us", microseconds(thread.system));
    json.field("waited_us", microseconds(thread.waited)).end_object();
}

void write(JsonWriter& json, const Counters& counters) {
    json.begin_object();
    for (const auto& [name, count] : counters) {
        if (name != "checksum") json.field(name, count);
    }
    json.end_object();
}

void write(JsonWriter& json, const cli::Histogram& times) {
    if (times.count() == 0) {
        json.null();
        return;
    }
    json.begin_object().field("count", times.count());
    json.field("min_us", microseconds(times.min())).field("mean_us", microseconds(times.mean()));
    json.field("p50_us", microseconds(times.quantile(0.5)));
    json.field("p90_us", microseconds(times.quantile(0.9)));
    json.field("p99_us", microseconds(times.quantile(0.99)));
    json.field("p99_9_us", microseconds(times.quantile(0.999)));
    json.field("p99_99_us", microseconds(times.quantile(0.9999)));
    json.field("max_us", microseconds(times.max())).key("slots").begin_array();
    for (const cli::Histogram::Slot& slot : times.slots()) {
        json.begin_array().value(microseconds(slot.from)).value(slot.count).end_array();
    }
    json.end_array().end_object();
}

void write(JsonWriter& json, const EndResult& end) {
    json.begin_object().field("received", end.received).field("repeated", end.repeated);
    json.field("corrupt", end.corrupt).field("bytes", end.bytes);
    json.field("window_messages", end.window_messages);
    json.field("window_seconds", end.window_seconds);
    json.key("thread");
    write(json, end.thread);
    json.key("counters");
    write(json, end.counters);
    json.key("latency");
    write(json, end.latencies);
    json.end_object();
}

void write(JsonWriter& json, const Case& what, const Round& round) {
    json.begin_object().field("sent", round.sender.sent).field("lost", round.lost());
    json.field("rate", round.rate());
    const std::string trouble = round.trouble(what.excused_drop());
    json.key("trouble");
    if (trouble.empty())
        json.null();
    else
        json.value(trouble);
    json.field("unanswered", round.sender.unanswered).field("stalls", round.sender.stalls);
    json.field("sender_cost_ns", round.sender_cost());
    json.field("sender_user_cost_ns", round.sender_user_cost());
    json.field("receiver_cost_ns", round.receiver_cost());
    if (what.mode == Mode::Idle) json.field("resident_bytes", round.sender.resident);
    json.key("thread");
    write(json, round.sender.thread);
    json.key("counters");
    write(json, round.sender.counters);
    json.key("round_trip");
    write(json, round.sender.round_trips);
    json.key("lateness");
    write(json, round.sender.lateness);
    json.key("ends").begin_array();
    for (const EndResult& end : round.ends)
        write(json, end);
    json.end_array().end_object();
}

void write(JsonWriter& json, const GroupResult& group, const CaseResult& result) {
    const Case& what = result.what;
    json.begin_object().field("mode", to_string(what.mode)).field("path", to_string(what.path));
    json.field("backend", what.backend).field("size", std::uint64_t{what.size});
    json.field("rate", what.rate).field("spin", what.spin);
    json.field("batch", std::uint64_t{what.batch}).field("window", std::uint64_t{what.window});
    json.field("express", what.express);
    json.field("delivery", what.reliable ? "reliable" : what.latest ? "latest" : "best-effort");
    json.field("subscribers", std::uint64_t{what.subscribers}).field("drop", what.drop);
    const Spread headline = result.headline();
    json.field("unit", result.is_time() ? "ns" : "messages/s").field("median", headline.median);
    json.field("min", headline.min).field("max", headline.max);
    json.field("clean_rounds", std::uint64_t{result.clean_count()});
    json.field("lost_share", result.lost_share());
    json.key("error");
    if (result.error.empty())
        json.null();
    else
        json.value(result.error);
    json.key("ratios").begin_object();
    for (const CaseResult& other : group.cases) {
        if (!is_raw(other.what.path) || &other == &result) continue;
        if (other.what.subscribers != what.subscribers || other.what.drop != what.drop) continue;
        if (const auto of = ratio(result, other)) json.field(other.what.path_name(), *of);
    }
    json.end_object().key("rounds").begin_array();
    for (const Round& round : result.rounds)
        write(json, what, round);
    json.end_array().end_object();
}

}  // namespace

std::string results_json(const Suite& suite, const Place& place, const std::vector<Goal>& goals,
                         const std::vector<PeerRow>& peers) {
    JsonWriter json;
    json.begin_object().key("environment").raw(to_json(suite.environment));
    json.key("other_environments").begin_array();
    for (const std::string& other : suite.other_environments)
        json.raw(other);
    json.end_array().field("interface", suite.interface);
    json.field("namespaces", !place.to && place.namespaces);
    json.field("rounds", std::uint64_t{place.rounds}).field("seed", place.seed);
    json.field("duration_s", std::chrono::duration<double>(place.timing.duration).count());
    json.field("warm_up_s", std::chrono::duration<double>(place.timing.warm_up).count());
    json.key("cores").begin_array();
    for (const int core : place.cores)
        json.value(core);
    json.end_array().key("left_out").begin_array();
    for (const std::string& missing : place.left_out)
        json.value(missing);
    json.end_array().field("interrupted", suite.interrupted).key("groups").begin_array();
    for (const GroupResult& group : suite.groups) {
        json.begin_object().field("id", group.id).field("title", group.title);
        json.key("cases").begin_array();
        for (const CaseResult& result : group.cases)
            write(json, group, result);
        json.end_array().end_object();
    }
    json.end_array().key("goals").begin_array();
    for (const Goal& goal : goals) {
        json.begin_object().field("work", goal.work).field("goal", goal.wanted);
        json.field("backend", goal.backend).field("measured", goal.measured).key("met");
        if (goal.verdict == Goal::Verdict::Open)
            json.null();
        else
            json.value(goal.verdict == Goal::Verdict::Met);
        json.end_object();
    }
    json.end_array().key("peers").begin_array();
    for (const PeerRow& peer : peers)
        json.raw(peer.json);
    return json.end_array().end_object().text();
}

}  // namespace mcast::bench
