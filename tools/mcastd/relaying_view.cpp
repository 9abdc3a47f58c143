// What of the relaying is shown: the relays' counters and tables as plain values.
#include <algorithm>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "mcast/topic.hpp"
#include "tools/mcast/text.hpp"
#include "tools/mcastd/node_view.hpp"
#include "tools/mcastd/relaying.hpp"

namespace mcastd {

namespace {

using mcast::relay::CarryDrop;
using mcast::relay::RouteCounters;

std::string interface_name(mcast::InterfaceIndex index, const Snapshot& snapshot) {
    for (const InterfaceView& view : snapshot.interfaces)
        if (view.index == index.value) return view.name;
    return index.value == 0 ? "-" : "#" + std::to_string(index.value);
}

std::uint64_t count(const RouteCounters& route, CarryDrop cause) {
    return route.dropped[static_cast<std::size_t>(cause)];
}

}  // namespace

void Relaying::add_to(Snapshot& snapshot, Detail detail) const {
    snapshot.retired_drops = retired_.retired_drops;
    snapshot.duplicates_dropped += retired_.duplicates_dropped;
    snapshot.loops_dropped += retired_.loops_dropped;
    snapshot.shed = retired_.shed;
    snapshot.latency.merge(retired_.latency);
    for (const Domain& domain : domains_) {
        add_peers(domain, snapshot, domain.name == kOwnDomain ? Detail::Counts : detail);
        if (domain.name == kOwnDomain) continue;
        add_routes(domain, snapshot);
        add_counters(domain, snapshot);
        if (detail == Detail::Lists) add_traffic(domain, snapshot);
    }
    if (domains_.empty()) return;
    snapshot.id = to_string(domains_.front().relay->node().context().self);
    for (InterfaceView& view : snapshot.interfaces)
        view.relays_heard = static_cast<std::uint32_t>(election().count({view.index}));
}

void Relaying::add_peers(const Domain& domain, Snapshot& snapshot, Detail detail) {
    mcast::detail::NodeCore& node = domain.relay->node();
    add_node({domain.name, node.context().now(), node.interfaces(),
              detail == Detail::Lists ? node.peers() : std::vector<mcast::PeerInfo>()},
             snapshot);
    if (domain.name == kOwnDomain) return;  // relays only
    std::uint64_t peers = 0;
    node.peer_table().for_each([&](const mcast::protocol::Peer&) { ++peers; });
    snapshot.peer_count += peers;
    const std::uint64_t epoch = node.context().topology;
    if (std::exchange(domain.topics_epoch, epoch) != epoch) {
        std::unordered_set<std::uint64_t> topics;
        node.peer_table().for_each([&](const mcast::protocol::Peer& peer) {
            for (const mcast::protocol::TopicEntry& topic : peer.topics())
                topics.insert(topic.id);
        });
        domain.topics = topics.size();
    }
    snapshot.topic_count += domain.topics;
}

void Relaying::add_counters(const Domain& domain, Snapshot& snapshot) {
    const mcast::relay::Forwarder& forwarder = domain.relay->forwarder();
    snapshot.flows.used += forwarder.flows().size();
    snapshot.queue.used += domain.relay->node().outbound().waiting();
    snapshot.queue.max += mcast::detail::Outbound::kPendingMax;
    snapshot.latency.merge(forwarder.latency());
    const mcast::relay::Forwarder::Shed& shed = forwarder.shed();
    add_count("held for repair", shed.held, snapshot.shed);
    add_count("copies of announcements", shed.announcements, snapshot.shed);
    add_count("idle flows", shed.flows, snapshot.shed);
    // It may fall again, so it is no counter.
    if (const std::size_t left_out = forwarder.topics_left_out(); left_out > 0)
        snapshot.notes += (snapshot.notes.empty() ? "" : "; ") +
                          mcast::cli::counted(left_out, "topic") + " of domain " + domain.name +
                          " not carried where it is multicast: too many groups";
}

void Relaying::retire(const Domain& domain) {
    if (!domain.relay || domain.name == kOwnDomain) return;
    Snapshot last;
    add_routes(domain, last);
    add_counters(domain, last);
    for (const RouteView& route : last.routes)
        for (const NamedCount& drop : route.dropped)
            add_count(drop.name, drop.count, retired_.retired_drops);
    for (const NamedCount& one : last.shed)
        add_count(one.name, one.count, retired_.shed);
    retired_.duplicates_dropped += last.duplicates_dropped;
    retired_.loops_dropped += last.loops_dropped;
    retired_.latency.merge(last.latency);
}

void Relaying::add_routes(const Domain& domain, Snapshot& snapshot) {
    const mcast::relay::Forwarder& forwarder = domain.relay->forwarder();
    for (const RouteCounters& route : forwarder.routes().all()) {
        const bool used =
            route.datagrams > 0 || std::any_of(route.dropped.begin(), route.dropped.end(),
                                               [](std::uint64_t dropped) { return dropped > 0; });
        if (!used) continue;
        RouteView& view = snapshot.routes.emplace_back();
        view.carries = "domain " + domain.name;
        view.from = interface_name(route.from, snapshot);
        view.to = interface_name(route.to, snapshot);
        const mcast::PeerId other = forwarder.carrier(route.from, route.to);
        view.active = route.to.value != 0 && !other;
        if (route.to.value == 0)
            view.state = "ends here";
        else
            view.state = other ? "stands by for " + to_string(other) : "carries";
        view.forwarded = {route.datagrams, route.bytes};
        for (std::size_t i = 0; i < mcast::relay::kCarryDropCount; ++i)
            if (route.dropped[i] > 0)
                view.dropped.push_back(
                    {std::string(to_string(static_cast<CarryDrop>(i))), route.dropped[i]});
        snapshot.duplicates_dropped += count(route, CarryDrop::Duplicate);
        snapshot.loops_dropped +=
            count(route, CarryDrop::HopLimit) + count(route, CarryDrop::Elsewhere);
    }
}

void Relaying::add_traffic(const Domain& domain, Snapshot& snapshot) {
    std::unordered_map<std::uint64_t, TopicView*> topics;
    for (TopicView& view : snapshot.topics)
        if (view.domain == domain.name) topics[mcast::topic_id(view.name, view.type_id)] = &view;
    domain.relay->forwarder().flows().for_each([&](const mcast::relay::Flow& flow) {
        const auto view = topics.find(flow.key.topic);
        if (view == topics.end()) return;
        view->second->forwarded.datagrams += flow.datagrams;
        view->second->forwarded.bytes += flow.bytes;
    });
}

}  // namespace mcastd
