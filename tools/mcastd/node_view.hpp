#pragma once

#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

#include "mcast/peer.hpp"
#include "mcast/stats.hpp"
#include "mcast/time.hpp"
#include "tools/mcastd/snapshot.hpp"

namespace mcastd {

// What a node sees.
struct NodeView {
    std::string_view domain;
    mcast::Instant now{};
    std::vector<mcast::InterfaceStatus> interfaces;
    std::vector<mcast::PeerInfo> peers;
};

// Adds it to a snapshot. Nodes of several domains add up: an interface that two of them use is one,
// with the sum of their counters.
void add_node(const NodeView& node, Snapshot& snapshot);

// Datagrams a second of each interface, between the last two looks.
class RateMeter {
public:
    // To be called about once a second, with a snapshot that has the interfaces.
    void look(mcast::Instant now, const Snapshot& snapshot);
    void fill(Snapshot& snapshot) const;

private:
    struct Count {
        std::uint64_t received = 0;
        std::uint64_t sent = 0;
        double received_rate = 0;
        double sent_rate = 0;
    };

    std::map<std::uint32_t, Count> counts_;
    mcast::Instant looked_at_{};
};

}  // namespace mcastd
