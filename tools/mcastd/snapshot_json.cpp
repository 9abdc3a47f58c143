#include "tools/mcastd/snapshot_json.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

#include "tools/mcast/json_writer.hpp"
#include "tools/mcastd/moment.hpp"

namespace mcastd {
namespace {

using mcast::cli::JsonWriter;

double seconds_of(mcast::Duration duration) {
    return std::chrono::duration<double>(duration).count();
}

void write(std::string_view name, const Traffic& traffic, JsonWriter& json) {
    json.key(name).begin_object().field("datagrams", traffic.datagrams);
    json.field("bytes", traffic.bytes).end_object();
}

void write(std::string_view name, const Usage& usage, JsonWriter& json) {
    json.key(name).begin_object().field("used", usage.used).field("max", usage.max).end_object();
}

void write(std::string_view name, const std::vector<NamedCount>& counts, JsonWriter& json) {
    json.key(name).begin_object();
    for (const NamedCount& one : counts)
        json.field(one.name, one.count);
    json.end_object();
}

void write(const RouteView& route, JsonWriter& json) {
    json.begin_object().field("carries", route.carries).field("foreign", route.foreign);
    json.field("from", route.from).field("to", route.to).field("state", route.state);
    json.field("active", route.active);
    write("forwarded", route.forwarded, json);
    write("dropped", route.dropped, json);
    json.end_object();
}

void write(const mcast::relay::LatencyHistogram& latency, JsonWriter& json) {
    json.key("latency").begin_object().field("count", latency.count());
    json.field("p50_us", static_cast<double>(latency.quantile(0.5).count()) / 1e3);
    json.field("p99_us", static_cast<double>(latency.quantile(0.99).count()) / 1e3);
    json.end_object();
}

void write_counters(const Snapshot& all, JsonWriter& json) {
    write("flows", all.flows, json);
    write("queue", all.queue, json);
    write("dedup_entries", all.dedup_entries, json);
    write("memory", all.memory, json);
    write("shed", all.shed, json);
    write("beyond_limits", all.beyond, json);
    write("retired_drops", all.retired_drops, json);
    write(all.latency, json);
    json.field("duplicates_dropped", all.duplicates_dropped);
    json.field("loops_dropped", all.loops_dropped).field("storms", all.storms);
    json.key("control").begin_object().field("clients", all.control_clients);
    json.field("dropped", all.control_dropped).field("refused", all.control_refused).end_object();
    json.key("log").begin_object().field("suppressed", all.log_suppressed);
    json.field("lost", all.log_lost).end_object();
}

}  // namespace

std::string status_json(const Snapshot& all) {
    JsonWriter json;
    json.begin_object().field("name", all.name).field("id", all.id);
    json.field("version", all.version).field("pid", all.pid);
    json.field("started_at", utc_text(all.started_at)).field("uptime", seconds_of(all.uptime));
    json.key("config").begin_object().field("path", all.config_path);
    json.field("loaded_at", utc_text(all.config_loaded_at)).field("reloads", all.reloads);
    json.field("reloads_refused", all.reloads_refused).field("error", all.reload_error);
    json.end_object().field("previous_end", all.previous_end);
    json.field("ready", all.not_ready_why.empty()).field("not_ready_why", all.not_ready_why);
    json.field("notes", all.notes);
    json.field("interfaces", std::uint64_t{all.interfaces.size()});
    json.field("peers", all.peer_count);
    json.field("topics", all.topic_count);
    const auto rules = std::count_if(all.rules.begin(), all.rules.end(),
                                     [](const RuleView& rule) { return rule.index != 0; });
    json.field("rules", static_cast<std::uint64_t>(rules));
    json.key("routes").begin_array();
    for (const RouteView& route : all.routes)
        write(route, json);
    json.end_array();
    write_counters(all, json);
    return json.end_object().text();
}

std::string interfaces_json(const Snapshot& all) {
    JsonWriter json;
    json.begin_object().key("interfaces").begin_array();
    for (const InterfaceView& one : all.interfaces) {
        json.begin_object().field("index", one.index).field("name", one.name);
        json.field("kind", one.kind).key("addresses").begin_array();
        for (const std::string& address : one.addresses)
            json.value(address);
        json.end_array().field("up", one.up).field("in_use", one.in_use);
        json.field("state", one.state).field("relays", one.relays_heard);
        write("received", one.received, json);
        write("sent", one.sent, json);
        json.field("received_rate", one.received_rate).field("sent_rate", one.sent_rate);
        json.field("receive_dropped", one.receive_dropped);
        json.field("send_errors", one.send_errors).end_object();
    }
    return json.end_array().end_object().text();
}

std::string peers_json(const Snapshot& all) {
    JsonWriter json;
    json.begin_object().key("peers").begin_array();
    for (const PeerView& one : all.peers) {
        json.begin_object().field("id", one.id).field("name", one.name);
        json.field("domain", one.domain).field("interface", one.interface);
        json.field("state", one.state).field("hops", one.hops).field("relay", one.relay);
        json.field("topics", one.topic_count).field("heard_ago", seconds_of(one.heard_ago));
        json.end_object();
    }
    return json.end_array().end_object().text();
}

std::string topics_json(const Snapshot& all) {
    JsonWriter json;
    json.begin_object().key("topics").begin_array();
    for (const TopicView& one : all.topics) {
        // Hexadecimal, as in schemas; 64 bits do not fit a number of JSON's everywhere.
        std::array<char, 24> type{};
        std::snprintf(type.data(), type.size(), "0x%016llx",
                      static_cast<unsigned long long>(one.type_id));
        json.begin_object().field("domain", one.domain).field("name", one.name);
        json.field("type", static_cast<const char*>(type.data())).field("delivery", one.delivery);
        json.field("publishers", one.publishers).field("subscribers", one.subscribers);
        write("forwarded", one.forwarded, json);
        json.end_object();
    }
    return json.end_array().end_object().text();
}

std::string rules_json(const Snapshot& all) {
    JsonWriter json;
    json.begin_object().key("rules").begin_array();
    for (const RuleView& one : all.rules) {
        json.begin_object().field("index", std::uint64_t{one.index}).field("line", one.line);
        json.field("text", one.text).field("hits", one.hits).field("drops", one.drops);
        json.key("last_hit_ago");
        if (one.last_hit_ago)
            json.value(seconds_of(*one.last_hit_ago));
        else
            json.null();
        json.end_object();
    }
    return json.end_array().end_object().text();
}

}  // namespace mcastd
