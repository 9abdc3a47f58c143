#include "node/targets.hpp"

#include <algorithm>

#include "mcast/topic.hpp"
#include "wire/header.hpp"

namespace mcast::detail {

bool wants_topic(const protocol::TopicEntry& peer_topic, std::uint64_t id) {
    if (!peer_topic.subscribes) return false;
    return peer_topic.id == id ||
           (peer_topic.type_id == kAnyType && same_topic_name(peer_topic.id, id));
}

std::optional<Target> unicast_target(const protocol::Peer& peer, const Membership& membership) {
    const protocol::Path* path = peer.active_path();
    const Link* link = path == nullptr ? nullptr : membership.find(path->interface);
    if (link == nullptr || !link->attached) return std::nullopt;
    return Target{path->interface, path->source, Way::Unicast,
                  link->datagram_max(path->source.address.family()), wire::receiver_tag(peer.id())};
}

void Targets::collect(const TopicRoute& route, const protocol::PeerTable& peers,
                      const Membership& membership, std::uint16_t port) {
    targets_.clear();
    listeners_ = beyond_limit_ = 0;
    peers.for_each([&](const protocol::Peer& peer) {
        if (!peer.knows_us()) return;
        const auto topics = peer.topics();
        if (std::none_of(topics.begin(), topics.end(),
                         [&](const auto& topic) { return wants_topic(topic, route.id); }))
            return;
        if (peer.state() == PeerState::Up) ++listeners_;
        const protocol::Path* path = peer.active_path();
        const Link* link = path == nullptr ? nullptr : membership.find(path->interface);
        if (link != nullptr && link->attached) add(*path, route, *link, port);
    });
}

void Targets::add(const protocol::Path& path, const TopicRoute& route, const Link& link,
                  std::uint16_t port) {
    const Family family = path.source.address.family();
    Target target{link.index(), path.source, path.way, link.datagram_max(family)};
    if (path.way == Way::Multicast) {
        target.destination = family == Family::Ipv6 ? route.group_ipv6 : route.group_ipv4;
    } else if (path.way == Way::Broadcast) {
        const std::optional<Address> broadcast = link.broadcast_address();
        if (!broadcast) return;
        target.destination = {*broadcast, port};
    }
    const bool known = std::any_of(targets_.begin(), targets_.end(), [&](const Target& other) {
        return other.interface == target.interface && other.destination == target.destination;
    });
    if (known) return;
    if (targets_.size() == targets_max_)
        ++beyond_limit_;
    else
        targets_.push_back(target);
}

std::uint32_t Targets::datagram_max(std::uint32_t otherwise) const {
    std::uint32_t smallest = otherwise;
    for (const Target& target : targets_)
        smallest = std::min(smallest, target.datagram_max);
    return smallest;
}

}  // namespace mcast::detail
