// Snapshots of a node for people and tools; these allocate.
#include <algorithm>

#include "mcast/topic.hpp"
#include "node/node_core.hpp"

namespace mcast::detail {

namespace {

PeerInfo describe(const protocol::Peer& peer, const StaticPeers& static_peers) {
    PeerInfo info;
    info.id = peer.id();
    info.name = peer.name();
    info.state = peer.state();
    info.up_since = peer.up_since();
    info.heard_at = peer.heard_at();
    info.announce_interval = peer.interval();
    info.round_trip = peer.round_trip();
    for (const protocol::Path& path : peer.paths()) {
        info.paths.push_back({path.interface, path.way, path.source, &path == peer.active_path(),
                              path.heard_at, path.hops});
        info.is_static = info.is_static || static_peers.contains(path.source);
    }
    for (const protocol::TopicEntry& topic : peer.topics())
        info.topics.push_back({std::string(peer.topic_name(topic)), topic.type_id, topic.delivery,
                               topic.publishes, topic.subscribes});
    return info;
}

}  // namespace

PeerId NodeCore::relay_of(const protocol::Peer& peer) const {
    const protocol::Path* path = peer.active_path();
    PeerId relay;
    if (path == nullptr || path->hops == 0) return relay;
    peers_.for_each([&](const protocol::Peer& other) {
        const auto paths = other.paths();
        if (std::any_of(paths.begin(), paths.end(), [&](const protocol::Path& own) {
                return own.hops == 0 && own.source == path->source;
            }))
            relay = other.id();
    });
    return relay;
}

std::vector<PeerInfo> NodeCore::peers() const {
    std::vector<PeerInfo> peers;
    peers_.for_each([&](const protocol::Peer& peer) {
        peers.push_back(describe(peer, discovery_.static_peers()));
        peers.back().relay = relay_of(peer);
    });
    std::sort(peers.begin(), peers.end(), [](const PeerInfo& a, const PeerInfo& b) {
        return a.name != b.name ? a.name < b.name : a.id < b.id;
    });
    return peers;
}

std::vector<InterfaceStatus> NodeCore::interfaces() const {
    std::vector<InterfaceStatus> all;
    for (const Link& link : membership_.links()) {
        InterfaceStatus status;
        status.interface = link.interface;
        status.eligibility = link.eligibility;
        status.attached = link.attached;
        status.problem = link.problem;
        status.groups = link.joined;
        if (link.attached) {
            for (const Family family : {Family::Ipv4, Family::Ipv6})
                if (const auto endpoint =
                        context_.transport().unicast_endpoint(link.index(), family))
                    status.endpoints.push_back(*endpoint);
            status.counters = context_.transport().counters(link.index());
        }
        all.push_back(std::move(status));
    }
    std::sort(all.begin(), all.end(), [](const InterfaceStatus& a, const InterfaceStatus& b) {
        return a.interface.index < b.interface.index;
    });
    return all;
}

NodeStats NodeCore::stats() const {
    NodeStats stats = context_.stats;
    stats.events_dropped = context_.events.dropped();
    stats.kernel_dropped = std::max(membership_.receive_dropped(), kernel_dropped_);
    return stats;
}

std::size_t NodeCore::publishers_of(const SubscriberCore& subscriber) const {
    std::size_t count = 0;
    peers_.for_each([&](const protocol::Peer& peer) {
        const auto topics = peer.topics();
        count += peer.state() == PeerState::Up &&
                 std::any_of(topics.begin(), topics.end(), [&](const auto& topic) {
                     return topic.publishes && subscriber.accepts(topic.id);
                 });
    });
    return count;
}

}  // namespace mcast::detail
