#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/random.hpp"
#include "mcast/host.hpp"
#include "mcast/options.hpp"
#include "mcast/stats.hpp"
#include "node/event_queue.hpp"

namespace mcast::detail {

// What all parts of a node share: the world it lives in, who it is, and where it counts.
struct Context {
    Context(const NodeOptions& node_options, Host node_host);

    [[nodiscard]] Instant now() const { return host.clock->now(); }
    [[nodiscard]] Transport& transport() const { return *host.transport; }
    void log(LogLevel level, std::string_view line) const {
        if (options.log) options.log(level, line);
    }
    void drop(DropCause cause, std::uint64_t count = 1) { stats.dropped.add(cause, count); }
    // Something that decides where datagrams go has changed: publishers look again.
    void touch_topology() { ++topology; }

    NodeOptions options;
    Host host;
    Random random;
    PeerId self;
    std::uint32_t domain = 0;
    NodeStats stats;
    EventQueue events;
    std::uint64_t topology = 1;
    // In use, or still holding what was sent: they share the transmit buffers that may be held, …
    std::size_t reliable_publishers = 0;
    std::size_t reliable_held = 0;  // … and hold so many of them
};

}  // namespace mcast::detail
