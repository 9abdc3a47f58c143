#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "mcast/transport.hpp"
#include "node/membership.hpp"
#include "protocol/peer_table.hpp"

namespace mcast::detail {

// One place that a topic's datagrams are sent to; a multicast or broadcast one serves many peers.
struct Target {
    InterfaceIndex interface;
    Endpoint destination;
    Way way = Way::Multicast;
    std::uint32_t datagram_max = 0;
    std::uint16_t receiver = 0;  // wire::receiver_tag() of the one peer it is for; 0: not said
};

// What is sent: which topic, in which groups it travels, who wants it.
struct TopicRoute {
    std::uint64_t id = 0;
    Group group_ipv4;
    Group group_ipv6;
};

// The peers that want a topic, and the fewest datagrams that reach each of them once.
class Targets {
public:
    explicit Targets(std::size_t targets_max) : targets_max_(targets_max) {
        targets_.reserve(targets_max);
    }

    // Looks at all peers anew. No allocation.
    void collect(const TopicRoute& route, const protocol::PeerTable& peers,
                 const Membership& membership, std::uint16_t port);

    [[nodiscard]] std::span<const Target> all() const { return targets_; }
    // Peers that are up and subscribe to the topic.
    [[nodiscard]] std::size_t listeners() const { return listeners_; }
    // Peers that are not reached since there are too many targets.
    [[nodiscard]] std::size_t beyond_limit() const { return beyond_limit_; }
    // The largest datagram that fits all targets; `otherwise` if there are none.
    [[nodiscard]] std::uint32_t datagram_max(std::uint32_t otherwise) const;

private:
    void add(const protocol::Path& path, const TopicRoute& route, const Link& link,
             std::uint16_t port);

    std::size_t targets_max_;
    std::vector<Target> targets_;
    std::size_t listeners_ = 0;
    std::size_t beyond_limit_ = 0;
};

// Where one peer is reached alone; nothing while there is no way to it.
[[nodiscard]] std::optional<Target> unicast_target(const protocol::Peer& peer,
                                                   const Membership& membership);

// Whether what `peer_topic` subscribes to includes the topic with this id.
[[nodiscard]] bool wants_topic(const protocol::TopicEntry& peer_topic, std::uint64_t id);

}  // namespace mcast::detail
