// What a node refuses to be opened with.
#include "mcast/topic.hpp"
#include "node/node_core.hpp"

namespace mcast::detail {

namespace {

// A name is shown to people and travels in announcements.
Result<void> check_names(const NodeOptions& options) {
    if (options.domain.empty() || options.domain.size() > kDomainNameMax)
        return Error{ErrorCode::InvalidArgument, 0,
                     "domain '" + options.domain + "': give 1 to 255 bytes"};
    if (options.name.size() > kPeerNameMax)
        return Error{ErrorCode::InvalidArgument, 0,
                     "name '" + options.name + "': give at most 63 bytes"};
    if (!options.name.empty())
        if (const Result<void> name = check_topic_name(options.name); !name)
            return Error{ErrorCode::InvalidArgument, 0,
                         "name '" + options.name + "': give UTF-8 without control characters"};
    if (!options.ipv4 && !options.ipv6)
        return Error{ErrorCode::InvalidArgument, 0, "neither IPv4 nor IPv6 is wanted: allow one"};
    return {};
}

Result<void> check_limits(const NodeOptions& options) {
    const Limits& limits = options.limits;
    const auto refuse = [](const char* what) { return Error{ErrorCode::InvalidArgument, 0, what}; };
    if (limits.peers_max == 0 || limits.topics_per_peer_max == 0 || limits.topics_max == 0 ||
        limits.streams_max == 0 || limits.targets_max == 0 || limits.reassemblies_max == 0)
        return refuse("Limits: each must be at least 1");
    // So many, with the longest names, still fit the 64 parts of an announcement.
    if (limits.topics_max > 256) return refuse("Limits::topics_max: give at most 256");
    if (limits.events_max < 8) return refuse("Limits::events_max: give 8 or more");
    if (limits.message_size_max < 64 || limits.message_size_max > (64u << 20))
        return refuse("Limits::message_size_max: give 64 bytes to 64 MiB");
    if (options.announce_interval < std::chrono::milliseconds(100) ||
        options.announce_interval > std::chrono::minutes(1))
        return refuse("announce_interval: give 100 ms to 1 min");
    return {};
}

}  // namespace

Result<std::unique_ptr<NodeCore>> NodeCore::make(const NodeOptions& options, Host host) {
    const std::string step = "open " + options.name;
    if (const Result<void> names = check_names(options); !names) return names.error().within(step);
    if (const Result<void> limits = check_limits(options); !limits)
        return limits.error().within(step);
    Result<InterfaceSelection> selection = InterfaceSelection::parse(options.interfaces);
    if (!selection) return selection.error().within(step);
    Result<StaticPeers> static_peers = StaticPeers::parse(options.peers);
    if (!static_peers) return static_peers.error().within(step);
    return std::make_unique<NodeCore>(options, std::move(host), std::move(*selection),
                                      std::move(*static_peers));
}

}  // namespace mcast::detail
