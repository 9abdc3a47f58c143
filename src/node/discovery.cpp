#include "node/discovery.hpp"

#include <algorithm>

#include "mcast/topic.hpp"

namespace mcast::detail {

namespace {

// Answers to pings: enough for measuring, too few to be used for flooding a third party.
constexpr std::uint32_t kPongBurst = 256;
constexpr Duration kPongInterval = std::chrono::microseconds(20);
constexpr std::uint32_t kMismatchLogBurst = 16;
constexpr Duration kMismatchLogInterval = std::chrono::seconds(10);
constexpr std::size_t kFixedTargets = 3;  // multicast of both families, broadcast

std::int64_t ticks(Instant time) {
    return time.time_since_epoch().count();
}

}  // namespace

Discovery::Discovery(Context& context, Outbound& outbound, Membership& membership, Topics& topics,
                     Inbound& inbound, protocol::PeerTable& peers, StaticPeers static_peers)
    : context_(context),
      outbound_(outbound),
      membership_(membership),
      topics_(topics),
      inbound_(inbound),
      peers_(peers),
      static_peers_(std::move(static_peers)),
      control_(context, outbound),
      pongs_(kPongBurst, kPongInterval.count()),
      mismatch_logs_(kMismatchLogBurst, kMismatchLogInterval.count()) {
    targets_.reserve(context.options.limits.targets_max + kFixedTargets);
}

bool Discovery::on_control(Instant now, const wire::ParsedHeader& parsed,
                           const Datagram& datagram) {
    wire::FrameWalker walker(datagram.buffer.bytes().subspan(parsed.size), 1);
    const std::span<const std::byte> frame = walker.next();
    const PeerId origin = parsed.header.origin;
    switch (parsed.header.kind) {
        case wire::DatagramKind::Announce:
            return on_announce(now, parsed.header, datagram, frame);
        case wire::DatagramKind::Bye:
            on_bye(now, origin, datagram, frame);
            return false;
        case wire::DatagramKind::Ping:
            on_ping(now, origin, datagram, frame);
            return false;
        case wire::DatagramKind::Pong:
            if (protocol::Peer* peer = peers_.find(origin)) {
                on_pong(now, *peer, frame);
                return false;
            }
            context_.drop(DropCause::UnknownPeer);
            return false;
        default:
            context_.drop(DropCause::UnknownKind);
            return false;
    }
}

void Discovery::on_stranger(Instant now, const Datagram& datagram) {
    if (Link* link = membership_.find(datagram.interface); link != nullptr && link->attached)
        link->announcer.on_stranger(now, context_.random);
}

bool Discovery::on_announce(Instant now, const wire::Header& header, const Datagram& datagram,
                            std::span<const std::byte> frame) {
    Link* link = membership_.find(datagram.interface);
    if (link == nullptr || !link->attached) return false;  // it has just gone
    const auto announcement = wire::read_announcement(frame, topic_room_);
    if (!announcement) {
        context_.drop(DropCause::MalformedControl);
        return false;
    }
    const bool is_new = peers_.find(header.origin) == nullptr;
    protocol::Peer* peer = find_or_add(now, header.origin);
    if (peer == nullptr) return false;
    peer->set_name(announcement->name);
    peer->set_interval(announcement->interval);
    const bool moved = peer->on_path(
        {datagram.interface, datagram.way, datagram.source, link->cost(), now, header.hops});
    on_sign_of_life(now, *peer);
    if (is_new) report(now, EventKind::PeerUp, *peer, {});
    const bool changed = take_in_topics(now, *peer, *announcement);
    if (changed && !is_new) report(now, EventKind::TopicChange, *peer, {});
    if (is_new || moved || changed) context_.touch_topology();
    peers_.note_deadline(*peer);
    refresh_population();
    if (is_new || announcement->wants_reply) link->announcer.on_newcomer(now, context_.random);
    return true;
}

protocol::Peer* Discovery::find_or_add(Instant now, PeerId id) {
    if (protocol::Peer* known = peers_.find(id)) return known;
    // The node's name may be forged, so may the identity: the table is what bounds them.
    protocol::Peer* peer = peers_.add(id, now, [&](protocol::Peer& silent) {
        peer_down(now, silent, "forgotten to make room for others", false);
    });
    if (peer == nullptr) context_.drop(peers_.is_dead(id) ? DropCause::Late : DropCause::PeerLimit);
    return peer;
}

bool Discovery::take_in_topics(Instant now, protocol::Peer& peer,
                               const wire::Announcement& announcement) {
    const protocol::AnnouncedTopics part{announcement.revision, announcement.part,
                                         announcement.part_count};
    if (peer.knows(part)) return false;
    bool changed = false;
    for (const wire::AnnouncedTopic& topic : announcement.topics) {
        protocol::TopicEntry entry;
        entry.id = topic_id(topic.name, topic.type_id);
        entry.type_id = topic.type_id;
        entry.delivery = topic.delivery;
        entry.publishes = topic.publishes;
        entry.subscribes = topic.subscribes;
        const auto change = peer.on_topic(entry, topic.name, announcement.revision);
        if (change == protocol::Peer::TopicChange::NoRoom) context_.drop(DropCause::TopicLimit);
        if (change != protocol::Peer::TopicChange::Changed) continue;
        changed = true;
        for (const protocol::TopicEntry& known : peer.topics())
            if (known.id == entry.id && known.delivery == entry.delivery)
                check_topic(now, peer, known);
    }
    return peer.on_topics_end(part) || changed;
}

void Discovery::on_bye(Instant now, PeerId id, const Datagram& datagram,
                       std::span<const std::byte> frame) {
    protocol::Peer* peer = peers_.find(id);
    if (peer == nullptr) return;
    // Who only writes another's identity into a datagram has another address.
    if (!peer->speaks_from(datagram.source.address)) {
        context_.drop(DropCause::Spoofed);
        return;
    }
    const auto bye = wire::read_bye(frame);
    if (!bye) {
        context_.drop(DropCause::MalformedControl);
        return;
    }
    peer_down(now, *peer, bye->reason.empty() ? "left" : bye->reason, true);
}

void Discovery::on_ping(Instant now, PeerId peer, const Datagram& datagram,
                        std::span<const std::byte> frame) {
    const auto ping = wire::read_ping(frame);
    if (!ping) {
        context_.drop(DropCause::MalformedControl);
        return;
    }
    std::span<std::byte> room;
    if (!pongs_.take(ticks(now))) {
        context_.drop(DropCause::RateLimit);
        return;
    }
    Buffer buffer = control_.begin(wire::kHeaderSize + wire::kPingSize, room);
    const std::size_t size = buffer ? wire::write_pong(room, {ping->token}) : 0;
    if (size == 0) return;
    const Target target{datagram.interface, datagram.source, Way::Unicast, 0,
                        wire::receiver_tag(peer)};
    control_.send(std::move(buffer), size, wire::DatagramKind::Pong, std::span(&target, 1));
}

void Discovery::on_pong(Instant now, protocol::Peer& peer, std::span<const std::byte> frame) {
    const auto pong = wire::read_pong(frame);
    if (!pong) {
        context_.drop(DropCause::MalformedControl);
        return;
    }
    SentPing& sent = pings_[pong->token % pings_.size()];
    if (pong->token == 0 || sent.token != pong->token || sent.peer != peer.id()) {
        context_.drop(DropCause::Late);
        return;
    }
    sent.token = 0;
    // Not `now`, the time at which this poll() began: the ping may be younger.
    const Duration round_trip = context_.now() - sent.at;
    peer.set_round_trip(round_trip);
    EventRecord record;
    record.event.kind = EventKind::Pong;
    record.event.at = now;
    record.event.peer = peer.id();
    record.event.round_trip = round_trip;
    record.event.token = pong->token;
    record.peer_name.assign(peer.name());
    context_.events.push(record);
}

void Discovery::peer_down(Instant now, protocol::Peer& peer, std::string_view why, bool forever) {
    peer.set_state(PeerState::Down);
    report(now, EventKind::PeerDown, peer, why);
    inbound_.on_peer_down(peer.id());
    context_.touch_topology();
    // add() removes the one that it evicts by itself.
    if (peers_.find(peer.id()) != nullptr) peers_.remove(peer.id(), forever);
}

void Discovery::on_links_changed() {
    peers_.for_each([&](protocol::Peer& peer) {
        const auto is_gone = [&](const protocol::Path& path) {
            const Link* link = membership_.find(path.interface);
            return link == nullptr || !link->attached;
        };
        for (auto paths = peer.paths();;) {
            const auto gone = std::find_if(paths.begin(), paths.end(), is_gone);
            if (gone == paths.end()) break;
            peer.drop_interface(gone->interface);
            context_.touch_topology();
            paths = peer.paths();
        }
    });
    refresh_population();
}

void Discovery::on_sign_of_life(Instant now, protocol::Peer& peer) {
    peer.on_heard(now);
    if (peer.state() != PeerState::Silent) return;
    peer.set_state(PeerState::Up);
    peers_.note_deadline(peer);
    context_.touch_topology();
    report(now, EventKind::PeerBack, peer, {});
}

void Discovery::on_deadline(Instant now) {
    refresh_population();
    for (Link& link : membership_.links())
        if (link.attached && link.announcer.deadline() <= now) announce(now, link);
    if (peers_.deadline() > now) return;
    peers_.on_deadline(now, [&](protocol::Peer& peer, protocol::PeerTable::Due due) {
        using Due = protocol::PeerTable::Due;
        context_.touch_topology();
        if (due == Due::Silent) report(now, EventKind::PeerSilent, peer, {});
        if (due == Due::Down) peer_down(now, peer, "not heard for too long", false);
    });
}

Instant Discovery::deadline() const {
    Instant earliest = peers_.deadline();
    for (const Link& link : membership_.links())
        if (link.attached) earliest = std::min(earliest, link.announcer.deadline());
    return earliest;
}

void Discovery::report(Instant now, EventKind kind, const protocol::Peer& peer,
                       std::string_view text) {
    EventRecord record;
    record.event.kind = kind;
    record.event.at = now;
    record.event.peer = peer.id();
    record.peer_name.assign(peer.name());
    record.text.assign(text);
    if (const protocol::Path* path = peer.active_path()) {
        record.event.interface = path->interface;
        if (const Link* link = membership_.find(path->interface))
            record.interface_name.assign(link->interface.name);
    }
    context_.events.push(record);
}

}  // namespace mcast::detail
