// The sending half of discovery: what is announced, where and when.
#include <algorithm>

#include "mcast/topic.hpp"
#include "node/discovery.hpp"

namespace mcast::detail {

namespace {

constexpr std::string_view kSoftware = "libmcast " MCAST_VERSION;

}  // namespace

void Discovery::refresh_population() {
    if (topology_ == context_.topology) return;
    topology_ = context_.topology;
    for (Link& link : membership_.links()) {
        if (!link.attached) continue;
        std::size_t heard = 0;
        peers_.for_each([&](const protocol::Peer& peer) {
            const auto paths = peer.paths();
            heard += std::any_of(paths.begin(), paths.end(),
                                 [&](const auto& path) { return path.interface == link.index(); });
        });
        link.announcer.on_population(heard, std::max<std::size_t>(announcement_size_, 128));
    }
}

void Discovery::announce(Instant now, Link& link) {
    const auto due = link.announcer.on_deadline(now, context_.random);
    wire::Announcement announcement;
    announcement.name = context_.options.name;
    announcement.software = kSoftware;
    announcement.interval = due.interval;
    announcement.revision = topics_.revision();
    announcement.wants_reply = due.wants_reply;
    const std::size_t size = send_announcement(link, announcement);
    peers_.for_each([&](protocol::Peer& peer) {
        const protocol::Path* path = peer.active_path();
        if (peer.knows_us() || path == nullptr || path->interface != link.index()) return;
        // What we send from now on arrives behind the announcement.
        peer.set_knows_us();
        context_.touch_topology();
    });
    if (size != announcement_size_) {
        announcement_size_ = size;
        topology_ = 0;
    }
}

std::size_t Discovery::send_announcement(const Link& link, const wire::Announcement& announcement) {
    const std::span<const Target> targets = announce_targets(link);
    if (targets.empty()) return 0;
    const auto shared = static_cast<std::size_t>(std::count_if(
        targets.begin(), targets.end(), [](const Target& t) { return t.way != Way::Unicast; }));
    std::uint32_t limit = UINT32_MAX;
    for (const Target& target : targets)
        limit = std::min(limit, target.datagram_max);
    const auto capacity =
        static_cast<std::uint32_t>(context_.transport().capabilities().datagram_max);
    const std::size_t room_size = std::min(limit, capacity) - wire::kHeaderSize;

    // How many parts the topics take is told in each of them.
    wire::Announcement part = announcement;
    part.part_count = 0;
    for (auto rest = topics_.announced(); part.part_count == 0 || !rest.empty(); ++part.part_count)
        rest = rest.subspan(std::max<std::size_t>(wire::topics_that_fit(room_size, part, rest),
                                                  rest.empty() ? 0 : 1));
    std::size_t bytes = 0;
    auto rest = topics_.announced();
    for (part.part = 0; part.part < part.part_count; ++part.part) {
        part.topics = rest.first(wire::topics_that_fit(room_size, part, rest));
        rest = rest.subspan(part.topics.size());
        std::span<std::byte> room;
        Buffer buffer = control_.begin(limit, room);
        const std::size_t size = buffer ? wire::write_announcement(room, part) : 0;
        if (size == 0) break;
        bytes += (wire::kHeaderSize + size) * shared;
        control_.send(std::move(buffer), size, wire::DatagramKind::Announce, targets);
        context_.stats.announcements_sent += targets.size();
    }
    return bytes;
}

std::span<const Target> Discovery::announce_targets(const Link& link) {
    const NodeOptions& options = context_.options;
    targets_.clear();
    for (const Family family : {Family::Ipv4, Family::Ipv6}) {
        const bool wanted = family == Family::Ipv4 ? options.ipv4 : options.ipv6;
        if (!wanted || !link.multicasts(family)) continue;
        add_target(link, announce_group(options.domain, family, options.port), Way::Multicast);
    }
    if (options.broadcast && options.ipv4)
        if (const std::optional<Address> broadcast = link.broadcast_address())
            add_target(link, {*broadcast, options.port}, Way::Broadcast);
    // Those that hear nothing else of ours, or that the user named.
    peers_.for_each([&](const protocol::Peer& peer) {
        const protocol::Path* path = peer.active_path();
        if (path != nullptr && path->interface == link.index() && path->way == Way::Unicast)
            add_target(link, path->source, Way::Unicast);
    });
    for (const Endpoint& endpoint : static_peers_.endpoints()) {
        if (!link.interface.has_address(endpoint.address.family())) continue;
        const auto& links = membership_.links();
        const bool elsewhere = !link.reaches(endpoint.address) &&
                               std::any_of(links.begin(), links.end(), [&](const Link& other) {
                                   return other.attached && other.reaches(endpoint.address);
                               });
        if (!elsewhere) add_target(link, endpoint, Way::Unicast);
    }
    return targets_;
}

void Discovery::add_target(const Link& link, const Endpoint& destination, Way way) {
    const bool known = std::any_of(targets_.begin(), targets_.end(), [&](const Target& target) {
        return target.destination == destination;
    });
    if (known || targets_.size() == targets_.capacity()) return;
    const std::uint32_t limit = link.datagram_max(destination.address.family());
    if (limit > wire::kHeaderSize) targets_.push_back({link.index(), destination, way, limit});
}

void Discovery::say_bye() {
    for (const Link& link : membership_.links()) {
        if (!link.attached) continue;
        const std::span<const Target> targets = announce_targets(link);
        std::span<std::byte> room;
        Buffer buffer = control_.begin(wire::kHeaderSize + 512, room);
        const std::size_t size = buffer ? wire::write_bye(room, {"closed"}) : 0;
        if (size == 0) continue;
        // Twice: nobody asks again for a bye that was lost.
        for (int i = 0; i < 2; ++i)
            control_.send(buffer, size, wire::DatagramKind::Bye, targets);
    }
    outbound_.flush();
}

std::uint64_t Discovery::ping(const protocol::Peer& peer) {
    const std::optional<Target> target = unicast_target(peer, membership_);
    if (!target) return 0;
    std::span<std::byte> room;
    Buffer buffer = control_.begin(wire::kHeaderSize + wire::kPingSize, room);
    if (!buffer) return 0;
    const std::uint64_t token = next_token_++;
    const std::size_t size = wire::write_ping(room, {token});
    if (size == 0) return 0;
    control_.send(std::move(buffer), size, wire::DatagramKind::Ping, std::span(&*target, 1));
    outbound_.flush();
    pings_[token % pings_.size()] = {token, peer.id(), context_.now()};
    return token;
}

}  // namespace mcast::detail
