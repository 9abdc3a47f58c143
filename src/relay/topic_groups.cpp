#include "relay/topic_groups.hpp"

#include <algorithm>

#include "mcast/topic.hpp"

namespace mcast::relay {

namespace {

constexpr std::uint64_t kNameHalf = 0xffff'ffff'0000'0000;

}  // namespace

void TopicGroups::collect(const protocol::PeerTable& peers) {
    uses_.clear();
    peers.for_each([&](const protocol::Peer& peer) {
        const protocol::Path* path = peer.active_path();
        if (path == nullptr) return;
        for (const protocol::TopicEntry& topic : peer.topics())
            uses_.push_back({topic.id & kNameHalf, peer.topic_name(topic), path->interface,
                             topic.publishes, topic.subscribes});
    });
    std::sort(uses_.begin(), uses_.end(),
              [](const Use& a, const Use& b) { return a.name_half < b.name_half; });
}

void TopicGroups::look_again(detail::NodeCore& node, bool within) {
    collect(node.peer_table());
    beyond_limit_ = 0;
    for (Topic& topic : joined_)
        topic.wanted = false;
    for (auto first = uses_.begin(); first != uses_.end();) {
        const auto last = std::find_if(
            first, uses_.end(), [&](const Use& use) { return use.name_half != first->name_half; });
        const auto crosses = [&](const Use& from) {
            return from.publishes && std::any_of(first, last, [&](const Use& to) {
                       return to.subscribes && (within || to.interface != from.interface);
                   });
        };
        if (std::any_of(first, last, crosses)) want(node, *first);
        first = last;
    }
    for (const Topic& topic : joined_)
        if (!topic.wanted)
            node.membership().unwant(std::span(topic.groups).first(topic.group_count));
    std::erase_if(joined_, [](const Topic& topic) { return !topic.wanted; });
}

void TopicGroups::want(detail::NodeCore& node, const Use& use) {
    for (Topic& topic : joined_) {
        if (topic.id != use.name_half) continue;
        topic.wanted = true;
        return;
    }
    if (joined_.size() == groups_max_) {
        ++beyond_limit_;
        return;
    }
    const NodeOptions& options = node.context().options;
    Topic& topic = joined_.emplace_back();
    topic.id = use.name_half;
    topic.wanted = true;
    for (const Family family : {Family::Ipv4, Family::Ipv6})
        if (family == Family::Ipv4 ? options.ipv4 : options.ipv6)
            topic.groups[topic.group_count++] =
                topic_group(options.domain, use.name, family, options.port);
    node.membership().want(std::span(topic.groups).first(topic.group_count));
}

}  // namespace mcast::relay
