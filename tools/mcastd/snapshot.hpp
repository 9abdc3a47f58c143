#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mcast/time.hpp"
#include "relay/latency_histogram.hpp"

namespace mcastd {

// All that is shown of a running relay: what the control socket, the tables and the metrics are
// made of. Plain values, filled by the daemon when somebody asks; texts are as they came, so they
// may be anything that the network sent.

struct NamedCount {
    std::string name;
    std::uint64_t count = 0;
};

// Adds to the count of that name, or begins one.
void add_count(std::string_view name, std::uint64_t count, std::vector<NamedCount>& counts);

struct Traffic {
    std::uint64_t datagrams = 0;
    std::uint64_t bytes = 0;
};

struct InterfaceView {
    std::uint32_t index = 0;
    std::string name;
    std::string kind;
    std::vector<std::string> addresses;  // with their prefix lengths
    bool up = false;
    bool in_use = false;
    std::string state;  // a few words: why it is used, or why not
    std::uint32_t relays_heard = 0;
    Traffic received;
    Traffic sent;
    double received_rate = 0;  // datagrams a second, over the last seconds
    double sent_rate = 0;
    std::uint64_t receive_dropped = 0;  // by the kernel, for want of space
    std::uint64_t send_errors = 0;
};

// One direction of what is carried.
struct RouteView {
    std::string carries;  // "domain tanks", "group 239.255.255.250:1900"
    bool foreign = false;
    std::string from;  // interfaces, or unicast peers
    std::string to;
    std::string state;  // "carries", "stands by for …", "closed: storm"
    bool active = false;
    Traffic forwarded;
    std::vector<NamedCount> dropped;  // by cause
};

struct PeerView {
    std::string id;
    std::string name;
    std::string domain;
    std::string interface;
    std::string state;
    std::uint32_t hops = 0;
    std::string relay;  // through which it is heard; empty: directly
    std::uint32_t topic_count = 0;
    mcast::Duration heard_ago{};
};

struct TopicView {
    std::string domain;
    std::string name;
    std::uint64_t type_id = 0;
    std::string delivery;
    std::uint32_t publishers = 0;
    std::uint32_t subscribers = 0;
    Traffic forwarded;
};

struct RuleView {
    std::size_t index = 0;  // from 1, in the order of the file; 0: the default
    std::uint32_t line = 0;
    std::string text;
    std::uint64_t hits = 0;
    std::uint64_t drops = 0;
    std::optional<mcast::Duration> last_hit_ago;
};

struct Usage {
    std::uint64_t used = 0;
    std::uint64_t max = 0;
};

// How much of it is filled in: counting is cheap, and done each second.
enum class Detail : std::uint8_t { Counts, Lists };

struct Snapshot {
    std::string name;
    std::string id;
    std::string version;
    int pid = 0;
    mcast::WallTime started_at{};
    mcast::Duration uptime{};
    std::string config_path;  // empty: none was given
    mcast::WallTime config_loaded_at{};
    std::uint64_t reloads = 0;
    std::uint64_t reloads_refused = 0;
    std::string reload_error;   // of the last one; empty if it was applied
    std::string previous_end;   // why the last run ended, a sentence
    std::string not_ready_why;  // empty: it does what it is configured to do
    std::string notes;          // what people should know: topics that are left out

    std::vector<InterfaceView> interfaces;
    std::vector<RouteView> routes;
    std::uint64_t peer_count = 0;
    std::uint64_t topic_count = 0;
    std::vector<PeerView> peers;  // these two, and texts of rules: only of Detail::Lists
    std::vector<TopicView> topics;
    std::vector<RuleView> rules;

    Usage flows;
    Usage queue;          // datagrams that wait for an output
    Usage dedup_entries;  // fingerprints that are remembered
    std::uint64_t duplicates_dropped = 0;
    std::uint64_t loops_dropped = 0;  // by hop count, or our own come back
    std::uint64_t storms = 0;         // how often a breaker opened
    mcast::relay::LatencyHistogram latency;
    Usage memory;                           // bytes
    std::vector<NamedCount> shed;           // what was given up for want of memory, in its order
    std::vector<NamedCount> beyond;         // what did not fit one of the limits
    std::vector<NamedCount> retired_drops;  // by cause, of routes that are no more

    std::uint64_t control_clients = 0;
    std::uint64_t control_dropped = 0;  // clients that did not read
    std::uint64_t control_refused = 0;  // clients beyond the limit, and requests that made no sense
    std::uint64_t log_suppressed = 0;   // lines left out by the rate limit
    std::uint64_t log_lost = 0;         // lines that standard error did not take
};

}  // namespace mcastd
