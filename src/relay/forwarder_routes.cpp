// Where a stream goes: looked at anew when peers, interfaces, rules or other relays have changed.
#include <algorithm>

#include "mcast/topic.hpp"
#include "relay/forwarder.hpp"

namespace mcast::relay {

bool Forwarder::reflects(InterfaceIndex interface) const {
    return std::find(reflecting_.begin(), reflecting_.end(), interface) != reflecting_.end();
}

Forwarder::Side Forwarder::side_of(InterfaceIndex interface, Way way,
                                   const Endpoint& endpoint) const {
    const detail::Link* link = node_.membership().find(interface);
    return {interface, way == Way::Unicast && link != nullptr && !link->reaches(endpoint.address)};
}

bool Forwarder::has_local_peer(const detail::Link& link) const {
    bool found = false;
    node_.peer_table().for_each([&](const protocol::Peer& peer) {
        for (const protocol::Path& path : peer.paths())
            found = found || (path.interface == link.index() && path.hops == 0 &&
                              link.owns(path.source.address));
    });
    return found;
}

bool Forwarder::comes_straight(const protocol::Peer& origin, const Datagram& datagram,
                               std::uint8_t hops) const {
    const protocol::Path* active = origin.active_path();
    for (const protocol::Path& path : origin.paths()) {
        if (path.interface != datagram.interface || path.hops != hops) continue;
        // From the origin itself whichever way it chose; through a relay only the shortest way.
        if (hops == 0) return true;
        if (active != nullptr && active->interface == path.interface && active->hops == hops &&
            path.source.address == datagram.source.address)
            return true;
    }
    return false;
}

PeerId Forwarder::relay_at(const protocol::Path& path) const {
    PeerId relay;
    node_.peer_table().for_each([&](const protocol::Peer& peer) {
        if (!election_.is_alive(peer.id())) return;
        const auto paths = peer.paths();
        if (std::any_of(paths.begin(), paths.end(), [&](const protocol::Path& own) {
                return own.hops == 0 && own.interface == path.interface &&
                       own.source.address == path.source.address;
            }))
            relay = peer.id();
    });
    return relay;
}

std::optional<CarryDrop> Forwarder::obstacle(const protocol::Peer& origin, const Side& from,
                                             const Side& to) const {
    if (from == to && !reflects(to.interface)) return CarryDrop::Standby;
    const bool beyond = from.remote || to.remote;
    if (!election_.carries(from.interface, to.interface,
                           keys_.key(from.interface, to.interface, beyond)))
        return CarryDrop::Standby;
    const protocol::Path* active = origin.active_path();
    if (active == nullptr || from == to) return std::nullopt;
    const unsigned ours = active->hops + 1u;
    for (const protocol::Path& path : origin.paths()) {
        if (side_of(path.interface, path.way, path.source) != to) continue;
        if (path.hops < ours) return CarryDrop::Standby;  // it is there already
        // Two relays as near as each other: the lower identity carries, as everywhere.
        const PeerId other = path.hops == ours ? relay_at(path) : PeerId{};
        if (other && other < context_.self) return CarryDrop::Standby;
    }
    return std::nullopt;
}

std::string_view Forwarder::topic_name(std::uint64_t topic, const protocol::Peer& origin,
                                       const protocol::Peer& listener) const {
    for (const protocol::Peer* peer : {&origin, &listener})
        for (const protocol::TopicEntry& entry : peer->topics())
            if (same_topic_name(entry.id, topic)) return peer->topic_name(entry);
    return {};
}

Passage Forwarder::passage_of(const protocol::Peer& origin, const Datagram& datagram) const {
    Passage passage;
    const detail::Link* link = node_.membership().find(datagram.interface);
    if (link != nullptr && !side_of(datagram.interface, datagram.way, datagram.source).remote)
        passage.from = &link->interface;
    passage.source = datagram.source.address;
    passage.domain = context_.options.domain;
    passage.peer = origin.id();
    passage.peer_name = origin.name();
    return passage;
}

void Forwarder::look_again(Flow& flow, const Datagram& datagram, const protocol::Peer& peer,
                           std::uint8_t hops) {
    flow.epoch = epoch_;
    flow.from = datagram.interface;
    flow.source = datagram.source;
    flow.hops = hops;
    for (const Output& output : flow.outputs)
        if (output.waiting) stats_.drop(output.route, CarryDrop::Stale);
    flow.outputs.clear();
    flow.refusals.clear();
    flow.topic.clear();
    flow.latest = std::any_of(peer.topics().begin(), peer.topics().end(), [&](const auto& topic) {
        return topic.id == flow.key.topic && topic.publishes && topic.delivery == Delivery::Latest;
    });
    Passage passage = passage_of(peer, datagram);
    const Side from = side_of(datagram.interface, datagram.way, datagram.source);
    if (options_.carries)
        node_.peer_table().for_each([&](const protocol::Peer& listener) {
            const auto topics = listener.topics();
            if (listener.id() == peer.id() ||
                std::none_of(topics.begin(), topics.end(), [&](const auto& topic) {
                    return detail::wants_topic(topic, flow.key.topic);
                }))
                return;
            passage.topic = topic_name(flow.key.topic, peer, listener);
            flow.topic = passage.topic;
            add_output(flow, peer, listener, from, passage);
        });
    if (flow.outputs.empty() && flow.refusals.empty())
        flow.refusals.push_back({stats_.find(datagram.interface, {}), CarryDrop::NoListener, {}});
}

void Forwarder::add_output(Flow& flow, const protocol::Peer& origin, const protocol::Peer& listener,
                           const Side& from, Passage& passage) {
    const protocol::Path* path = listener.active_path();
    const detail::Link* link = path == nullptr ? nullptr : node_.membership().find(path->interface);
    if (link == nullptr || !link->attached) return;
    const Side to = side_of(path->interface, path->way, path->source);
    if (from == to && !reflects(to.interface)) return;  // it hears the origin itself

    const Family family = path->source.address.family();
    const NodeOptions& options = context_.options;
    detail::Target target{path->interface, path->source, path->way, link->datagram_max(family)};
    if (path->way == Way::Multicast)
        target.destination = topic_group(options.domain, passage.topic, family, options.port);
    else if (path->way == Way::Broadcast)
        target.destination = {*link->broadcast_address(), options.port};
    for (const Output& known : flow.outputs)
        if (known.target.interface == target.interface &&
            known.target.destination == target.destination)
            return;

    const std::uint32_t route = stats_.find(flow.from, to.interface);
    const auto refuse = [&](CarryDrop cause, const Verdict& verdict = {}) {
        for (const Flow::Refusal& known : flow.refusals)
            if (known.route == route) return;
        flow.refusals.push_back({route, cause, verdict});
    };
    if (const std::optional<CarryDrop> reason = obstacle(origin, from, to)) return refuse(*reason);
    passage.to = to.remote ? nullptr : &link->interface;
    const Verdict verdict = rules_ == nullptr ? Verdict{Action::Forward} : rules_->decide(passage);
    if (verdict.action == Action::Drop) return refuse(CarryDrop::Rule, verdict);
    flow.outputs.push_back({target, route, verdict, {}});
}

}  // namespace mcast::relay
