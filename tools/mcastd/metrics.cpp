#include "tools/mcastd/metrics.hpp"

#include <chrono>
#include <cstdint>
#include <map>

namespace mcastd {
namespace {

using enum MetricKind;

double seconds_of(mcast::Duration duration) {
    return std::chrono::duration<double>(duration).count();
}

void write_daemon(const Snapshot& all, MetricsWriter& out) {
    out.family(Info, "mcastd_build", "Which mcastd this is.");
    out.sample({{"version", all.version}, {"name", all.name}}, std::uint64_t{1});
    out.single(Gauge, "mcastd_start_time_seconds", "When it was started, since 1970.",
               seconds_of(all.started_at.time_since_epoch()));
    out.single(Gauge, "mcastd_ready", "1 if it does what its configuration says.",
               all.not_ready_why.empty() ? 1.0 : 0.0);
    out.single(Counter, "mcastd_reloads", "Configurations that were applied while it ran.",
               all.reloads);
    out.single(Counter, "mcastd_reloads_refused", "Configurations that were refused meanwhile.",
               all.reloads_refused);
    out.single(Counter, "mcastd_control_dropped", "Control clients dropped: they did not read.",
               all.control_dropped);
    out.single(Counter, "mcastd_control_refused",
               "Control clients beyond the limit, and requests that made no sense.",
               all.control_refused);
    out.single(Counter, "mcastd_log_suppressed", "Log lines left out by the rate limit.",
               all.log_suppressed);
    out.single(Counter, "mcastd_log_lost", "Log lines that standard error did not take.",
               all.log_lost);
}

void write_interfaces(const Snapshot& all, MetricsWriter& out) {
    out.family(Gauge, "mcastd_interface_in_use", "1 if the interface is used.");
    for (const InterfaceView& one : all.interfaces)
        out.sample({{"interface", one.name}}, one.in_use ? 1.0 : 0.0);
    out.family(Gauge, "mcastd_interface_relays", "Other relays that are heard on the interface.");
    for (const InterfaceView& one : all.interfaces)
        out.sample({{"interface", one.name}}, std::uint64_t{one.relays_heard});
    out.family(Counter, "mcastd_interface_datagrams", "Datagrams that passed the interface.");
    for (const InterfaceView& one : all.interfaces) {
        out.sample({{"interface", one.name}, {"direction", "received"}}, one.received.datagrams);
        out.sample({{"interface", one.name}, {"direction", "sent"}}, one.sent.datagrams);
    }
    out.family(Counter, "mcastd_interface_bytes", "Bytes of these datagrams.");
    for (const InterfaceView& one : all.interfaces) {
        out.sample({{"interface", one.name}, {"direction", "received"}}, one.received.bytes);
        out.sample({{"interface", one.name}, {"direction", "sent"}}, one.sent.bytes);
    }
    out.family(Counter, "mcastd_interface_dropped",
               "Datagrams lost on the interface: by the kernel, or refused when sent.");
    for (const InterfaceView& one : all.interfaces) {
        out.sample({{"interface", one.name}, {"cause", "receive-buffer"}}, one.receive_dropped);
        out.sample({{"interface", one.name}, {"cause", "send-error"}}, one.send_errors);
    }
}

void write_routes(const Snapshot& all, MetricsWriter& out) {
    out.family(Gauge, "mcastd_route_active", "1 if this relay carries here, 0 if it stands by.");
    for (const RouteView& one : all.routes)
        out.sample({{"carries", one.carries}, {"from", one.from}, {"to", one.to}},
                   one.active ? 1.0 : 0.0);
    out.family(Counter, "mcastd_forwarded_datagrams", "Datagrams that were forwarded.");
    for (const RouteView& one : all.routes)
        out.sample({{"carries", one.carries}, {"from", one.from}, {"to", one.to}},
                   one.forwarded.datagrams);
    out.family(Counter, "mcastd_forwarded_bytes", "Bytes of these datagrams.");
    for (const RouteView& one : all.routes)
        out.sample({{"carries", one.carries}, {"from", one.from}, {"to", one.to}},
                   one.forwarded.bytes);
    // By cause first over all routes, which is never cut off; then route by route.
    std::map<std::string_view, std::uint64_t> causes;
    for (const RouteView& one : all.routes)
        for (const NamedCount& drop : one.dropped)
            causes[drop.name] += drop.count;
    for (const NamedCount& drop : all.retired_drops)
        causes[drop.name] += drop.count;
    out.family(Counter, "mcastd_dropped_datagrams", "Datagrams not forwarded, by cause.");
    for (const auto& [cause, count] : causes)
        out.sample({{"cause", cause}}, count);
    out.family(Counter, "mcastd_route_dropped_datagrams",
               "Datagrams not forwarded, by cause and route.");
    for (const RouteView& one : all.routes)
        for (const NamedCount& drop : one.dropped)
            out.sample({{"carries", one.carries},
                        {"from", one.from},
                        {"to", one.to},
                        {"cause", drop.name}},
                       drop.count);
}

void write_rules(const Snapshot& all, MetricsWriter& out) {
    out.family(Counter, "mcastd_rule_hits", "Datagrams that a rule decided; rule 0: the default.");
    for (const RuleView& one : all.rules)
        out.sample({{"rule", std::to_string(one.index)}, {"line", std::to_string(one.line)}},
                   one.hits);
    out.family(Counter, "mcastd_rule_dropped_datagrams", "Datagrams that a rule dropped.");
    for (const RuleView& one : all.rules)
        out.sample({{"rule", std::to_string(one.index)}, {"line", std::to_string(one.line)}},
                   one.drops);
}

void write_machines(const Snapshot& all, MetricsWriter& out) {
    out.single(Gauge, "mcastd_peers", "Peers that are known.", all.peer_count);
    out.single(Gauge, "mcastd_topics", "Topics that are known.", all.topic_count);
    out.single(Counter, "mcastd_duplicates_dropped", "Datagrams that had been forwarded before.",
               all.duplicates_dropped);
    out.single(Counter, "mcastd_loops_dropped", "Datagrams that came back or had too many hops.",
               all.loops_dropped);
    out.single(Counter, "mcastd_storms", "How often a storm breaker opened.", all.storms);
    out.family(Gauge, "mcastd_used", "How much of a limited thing is used.");
    out.sample({{"of", "flows"}}, all.flows.used);
    out.sample({{"of", "queue"}}, all.queue.used);
    out.sample({{"of", "dedup-entries"}}, all.dedup_entries.used);
    out.sample({{"of", "memory-bytes"}}, all.memory.used);
    out.family(Gauge, "mcastd_limit", "What that may be at most.");
    out.sample({{"of", "flows"}}, all.flows.max);
    out.sample({{"of", "queue"}}, all.queue.max);
    out.sample({{"of", "dedup-entries"}}, all.dedup_entries.max);
    out.sample({{"of", "memory-bytes"}}, all.memory.max);
    out.family(Counter, "mcastd_shed", "What was given up to stay within the memory budget.");
    for (const NamedCount& one : all.shed)
        out.sample({{"what", one.name}}, one.count);
    out.family(Counter, "mcastd_beyond_limits", "What did not fit one of the fixed limits.");
    for (const NamedCount& one : all.beyond)
        out.sample({{"what", one.name}}, one.count);
    out.histogram("mcastd_forwarding_latency_seconds",
                  "From the arrival of a datagram to its being handed to the kernel.", all.latency);
}

}  // namespace

std::string metrics_text(const Snapshot& snapshot, MetricsFormat format) {
    MetricsWriter out(format);
    write_daemon(snapshot, out);
    write_interfaces(snapshot, out);
    write_routes(snapshot, out);
    write_rules(snapshot, out);
    write_machines(snapshot, out);
    return out.finish();
}

}  // namespace mcastd
