#include "tools/mcastd/node_view.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace mcastd {
namespace {

using mcast::InterfaceStatus;
using mcast::PeerInfo;
using mcast::PeerPath;
using mcast::PeerTopic;

InterfaceView& view_of(const InterfaceStatus& status, Snapshot& snapshot) {
    const std::uint32_t index = status.interface.index.value;
    for (InterfaceView& one : snapshot.interfaces)
        if (one.index == index) return one;
    InterfaceView& made = snapshot.interfaces.emplace_back();
    made.index = index;
    made.name = status.interface.name;
    made.kind = to_string(status.interface.kind);
    made.up = status.interface.up;
    for (const mcast::InterfaceAddress& address : status.interface.addresses) {
        made.addresses.push_back(to_string(address.address) + "/" +
                                 std::to_string(address.prefix_length));
    }
    return made;
}

void add(const InterfaceStatus& status, Snapshot& snapshot) {
    InterfaceView& view = view_of(status, snapshot);
    view.in_use = view.in_use || status.attached;
    if (status.attached || view.state.empty())
        view.state = status.problem.empty() ? status.eligibility.reason : status.problem;
    view.received.datagrams += status.counters.received_datagrams;
    view.received.bytes += status.counters.received_bytes;
    view.sent.datagrams += status.counters.sent_datagrams;
    view.sent.bytes += status.counters.sent_bytes;
    view.receive_dropped += status.counters.receive_dropped;
    view.send_errors += status.counters.send_errors;
}

std::string interface_of(const PeerInfo& peer, const Snapshot& snapshot) {
    const auto active = std::find_if(peer.paths.begin(), peer.paths.end(),
                                     [](const PeerPath& path) { return path.active; });
    if (active == peer.paths.end()) return {};
    for (const InterfaceView& one : snapshot.interfaces)
        if (one.index == active->interface.value) return one.name;
    return {};
}

// The topics of one domain, by name and type, and where they are in the snapshot.
using TopicPlaces = std::map<std::pair<std::string, std::uint64_t>, std::size_t>;

TopicView& topic_of(std::string_view domain, const PeerTopic& topic, TopicPlaces& places,
                    Snapshot& snapshot) {
    const auto [place, is_new] =
        places.try_emplace({topic.name, topic.type_id}, snapshot.topics.size());
    if (!is_new) return snapshot.topics[place->second];
    TopicView& made = snapshot.topics.emplace_back();
    made.domain = domain;
    made.name = topic.name;
    made.type_id = topic.type_id;
    made.delivery = to_string(topic.delivery);
    return made;
}

}  // namespace

void add_count(std::string_view name, std::uint64_t count, std::vector<NamedCount>& counts) {
    for (NamedCount& known : counts) {
        if (known.name != name) continue;
        known.count += count;
        return;
    }
    counts.push_back({std::string(name), count});
}

void add_node(const NodeView& node, Snapshot& snapshot) {
    for (const InterfaceStatus& status : node.interfaces)
        add(status, snapshot);
    TopicPlaces places;
    for (std::size_t i = 0; i < snapshot.topics.size(); ++i)
        if (snapshot.topics[i].domain == node.domain)
            places[{snapshot.topics[i].name, snapshot.topics[i].type_id}] = i;
    for (const PeerInfo& peer : node.peers) {
        PeerView& view = snapshot.peers.emplace_back();
        view.id = to_string(peer.id);
        view.name = peer.name;
        view.domain = node.domain;
        view.state = to_string(peer.state);
        view.interface = interface_of(peer, snapshot);
        if (peer.relay) view.relay = to_string(peer.relay);
        for (const PeerPath& path : peer.paths)
            if (path.active) view.hops = path.hops;
        view.topic_count = static_cast<std::uint32_t>(peer.topics.size());
        view.heard_ago = node.now - peer.heard_at;
        for (const PeerTopic& topic : peer.topics) {
            TopicView& total = topic_of(node.domain, topic, places, snapshot);
            total.publishers += topic.publishes ? 1 : 0;
            total.subscribers += topic.subscribes ? 1 : 0;
        }
    }
}

void RateMeter::look(mcast::Instant now, const Snapshot& snapshot) {
    const double seconds = std::chrono::duration<double>(now - looked_at_).count();
    std::map<std::uint32_t, Count> counts;
    for (const InterfaceView& one : snapshot.interfaces) {
        Count& count = counts[one.index];
        count.received = one.received.datagrams;
        count.sent = one.sent.datagrams;
        const auto before = counts_.find(one.index);
        // An interface that is new here, or whose counters began anew.
        if (before == counts_.end() || seconds <= 0 || count.received < before->second.received ||
            count.sent < before->second.sent)
            continue;
        count.received_rate =
            static_cast<double>(count.received - before->second.received) / seconds;
        count.sent_rate = static_cast<double>(count.sent - before->second.sent) / seconds;
    }
    counts_ = std::move(counts);
    looked_at_ = now;
}

void RateMeter::fill(Snapshot& snapshot) const {
    for (InterfaceView& one : snapshot.interfaces) {
        const auto found = counts_.find(one.index);
        if (found == counts_.end()) continue;
        one.received_rate = found->second.received_rate;
        one.sent_rate = found->second.sent_rate;
    }
}

}  // namespace mcastd
