#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "node/node_core.hpp"

namespace mcast::relay {

// Keeps the groups joined of those topics that somebody publishes on one interface and somebody
// else subscribes to on another.
class TopicGroups {
public:
    explicit TopicGroups(std::size_t groups_max) : groups_max_(groups_max) {}

    // Looks at all peers anew. `within`: also if both are on the same interface.
    void look_again(detail::NodeCore& node, bool within);

    [[nodiscard]] std::size_t size() const { return joined_.size(); }
    // Topics that are not carried since there are too many, when last looked at.
    [[nodiscard]] std::size_t beyond_limit() const { return beyond_limit_; }

private:
    struct Topic {
        std::uint64_t id = 0;  // the upper half counts: types share their group
        std::array<Group, 2> groups{};
        std::size_t group_count = 0;
        bool wanted = false;
    };
    struct Use {
        std::uint64_t name_half = 0;
        std::string_view name;  // in the peer table
        InterfaceIndex interface;
        bool publishes = false;
        bool subscribes = false;
    };
    void collect(const protocol::PeerTable& peers);
    void want(detail::NodeCore& node, const Use& use);

    std::size_t groups_max_;
    std::size_t beyond_limit_ = 0;
    std::vector<Topic> joined_;
    std::vector<Use> uses_;  // scratch
};

}  // namespace mcast::relay
