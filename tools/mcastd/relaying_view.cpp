// What of the relaying is shown: the relays' counters and tables as plain values.
#include <algorithm>
#include <string>

#include "mcast/topic.hpp"
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

void add_count(std::string_view name, std::uint64_t count, std::vector<NamedCount>& counts) {
    for (NamedCount& known : counts)
        if (known.name == name) {
            known.count += count;
            return;
        }
    counts.push_back({std::string(name), count});
}

std::uint64_t count(const RouteCounters& route, CarryDrop cause) {
    return route.dropped[static_cast<std::size_t>(cause)];
}

}  // namespace

void Relaying::add_to(Snapshot& snapshot) const {
    for (const Domain& domain : domains_) {
        const mcast::detail::NodeCore& node = domain.relay->node();
        const mcast::relay::Forwarder& forwarder = domain.relay->forwarder();
        const bool own = domain.name == kOwnDomain;
        add_node({domain.name, node.context().now(), node.interfaces(),
                  own ? std::vector<mcast::PeerInfo>() : node.peers()},
                 snapshot);
        if (own) continue;
        add_routes(domain, snapshot);
        add_traffic(domain, snapshot);
        snapshot.flows.used += forwarder.flows().size();
        snapshot.latency.merge(forwarder.latency());
        const mcast::relay::Forwarder::Shed& shed = forwarder.shed();
        add_count("held for repair", shed.held, snapshot.shed);
        add_count("copies of announcements", shed.announcements, snapshot.shed);
        add_count("idle flows", shed.flows, snapshot.shed);
    }
    if (domains_.empty()) return;
    snapshot.id = to_string(domains_.front().relay->node().context().self);
    for (InterfaceView& view : snapshot.interfaces)
        view.relays_heard = static_cast<std::uint32_t>(election().count({view.index}));
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
    domain.relay->forwarder().flows().for_each([&](const mcast::relay::Flow& flow) {
        for (TopicView& view : snapshot.topics) {
            if (view.domain != domain.name ||
                mcast::topic_id(view.name, view.type_id) != flow.key.topic)
                continue;
            view.forwarded.datagrams += flow.datagrams;
            view.forwarded.bytes += flow.bytes;
        }
    });
}

}  // namespace mcastd
