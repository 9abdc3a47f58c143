// What nodes tell each other, on its way through the relay: announcements go everywhere, what is
// for one peer goes to that one.
#include <algorithm>
#include <cstring>

#include "relay/forwarder.hpp"
#include "wire/control.hpp"
#include "wire/frame.hpp"
#include "wire/relay_control.hpp"

namespace mcast::relay {

using detail::Link;
using detail::Target;
using wire::DatagramKind;

bool Forwarder::on_control(Instant now, const wire::ParsedHeader& parsed, Datagram& datagram) {
    if (is_own(datagram)) return true;  // what this relay carried, come back by broadcast
    const wire::Header& header = parsed.header;
    if (header.kind == DatagramKind::RelayHello) {
        on_hello(now, parsed, datagram);
        return true;
    }
    const protocol::Peer* origin = node_.peer_table().find(header.origin);
    if (header.kind == DatagramKind::Bye) {
        wire::FrameWalker walker(datagram.buffer.bytes().subspan(parsed.size), 1);
        if (!wire::read_bye(walker.next()) || origin == nullptr ||
            !origin->speaks_from(datagram.source.address))
            return false;  // the node counts it
        carry_to_all(now, header, datagram, *origin);
        flows_.erase_of(header.origin);
        if (book_ != nullptr) book_->forget(header.origin);
        if (election_.on_bye(header.origin)) on_relays_changed(now);
        return false;
    }
    const bool for_another = datagram.way == Way::Unicast && header.receiver != 0 &&
                             header.receiver != wire::receiver_tag(context_.self);
    if (!for_another || header.kind == DatagramKind::Announce) return false;
    if (origin == nullptr)
        context_.drop(DropCause::UnknownPeer);
    else
        pass_on(now, parsed, datagram, *origin);
    return true;
}

void Forwarder::on_announced(Instant now, const wire::ParsedHeader& parsed, Datagram& datagram) {
    const protocol::Peer* origin = node_.peer_table().find(parsed.header.origin);
    if (origin == nullptr) return;
    if (book_ != nullptr) note(now, parsed, datagram);  // before the number of hops is raised
    carry_to_all(now, parsed.header, datagram, *origin);
}

void Forwarder::note(Instant now, const wire::ParsedHeader& parsed, const Datagram& datagram) {
    wire::FrameWalker walker(datagram.buffer.bytes().subspan(parsed.size), 1);
    wire::TopicRoom room;
    if (const auto announcement = wire::read_announcement(walker.next(), room))
        book_->note(now, parsed.header.origin, announcement->part, datagram);
}

void Forwarder::use_book(Instant now, AnnouncementBook& book) {
    book.recall(now, [&](std::span<const std::byte> bytes, Datagram& datagram) {
        datagram.buffer = context_.transport().allocate();
        if (!datagram.buffer || datagram.buffer.capacity() < bytes.size()) return;
        std::copy(bytes.begin(), bytes.end(), datagram.buffer.data());
        datagram.buffer.resize(static_cast<std::uint32_t>(bytes.size()));
        node_.on_datagram(now, datagram);
    });
    book_ = &book;
}

void Forwarder::carry_to_all(Instant now, const wire::Header& header, Datagram& datagram,
                             const protocol::Peer& origin) {
    const auto drop = [&](CarryDrop cause) {
        stats_.drop(stats_.find(datagram.interface, {}), cause);
    };
    if (!options_.carries) return;
    if (!comes_straight(origin, datagram, header.hops)) return drop(CarryDrop::Elsewhere);
    if (header.hops >= options_.hops_max) return drop(CarryDrop::HopLimit);
    const std::uint32_t slot = node_.peer_table().slot(origin);
    if (!origins_.on_announcement(slot, origin.id(), header.sequence, datagram.buffer))
        return drop(CarryDrop::Duplicate);
    wire::set_hops(datagram.buffer.data(), static_cast<std::uint8_t>(header.hops + 1));
    const Side from = side_of(datagram.interface, datagram.way, datagram.source);
    for (const Link& link : node_.membership().links())
        if (link.attached) carry_to_link(now, link, from, datagram, origin);
}

void Forwarder::carry_to_link(Instant now, const Link& link, const Side& from,
                              const Datagram& datagram, const protocol::Peer& origin) {
    Passage passage = passage_of(origin, datagram);
    const std::uint32_t route = stats_.find(from.interface, link.index());
    for (Target target : node_.discovery().announce_targets(link)) {
        const Side to = side_of(link.index(), target.way, target.destination);
        if (to == from && !reflects(to.interface)) continue;
        if (obstacle(origin, from, to)) {
            stats_.drop(route, CarryDrop::Standby);
            continue;
        }
        passage.to = to.remote ? nullptr : &link.interface;
        if (const std::optional<CarryDrop> cause = ask_rules(now, passage)) {
            stats_.drop(route, *cause);
            continue;
        }
        if (datagram.buffer.size() > target.datagram_max) {
            stats_.drop(route, CarryDrop::TooLarge);
        } else if (node_.outbound().push(datagram.buffer, target)) {
            ++stats_.at(route).datagrams;
            stats_.at(route).bytes += datagram.buffer.size();
        } else {
            stats_.drop(route, CarryDrop::QueueFull);
        }
    }
}

std::optional<CarryDrop> Forwarder::ask_rules(Instant now, const Passage& passage) {
    if (rules_ == nullptr) return std::nullopt;
    const Verdict verdict = rules_->decide(passage);
    if (rules_->admit(now, verdict)) return std::nullopt;
    return verdict.action == Action::Drop ? CarryDrop::Rule : CarryDrop::RateLimit;
}

void Forwarder::pass_on(Instant now, const wire::ParsedHeader& parsed, Datagram& datagram,
                        const protocol::Peer& origin) {
    const auto drop = [&](CarryDrop cause) {
        stats_.drop(stats_.find(datagram.interface, {}), cause);
    };
    if (!options_.carries) return drop(CarryDrop::NoReceiver);
    if (parsed.header.hops >= options_.hops_max) return drop(CarryDrop::HopLimit);
    if (parsed.header.kind == DatagramKind::Nak && repair(now, parsed, datagram, origin))
        return drop(CarryDrop::Answered);
    bool found = false;
    node_.peer_table().for_each([&](const protocol::Peer& receiver) {
        if (wire::receiver_tag(receiver.id()) == parsed.header.receiver &&
            receiver.id() != origin.id())
            found = pass_to(now, parsed, datagram, origin, receiver) || found;
    });
    if (!found) drop(CarryDrop::NoReceiver);
}

bool Forwarder::pass_to(Instant now, const wire::ParsedHeader& parsed, Datagram& datagram,
                        const protocol::Peer& origin, const protocol::Peer& receiver) {
    std::optional<Target> target = detail::unicast_target(receiver, node_.membership());
    if (!target) return false;
    const Side from = side_of(datagram.interface, datagram.way, datagram.source);
    const protocol::Path& path = *receiver.active_path();
    const Side to = side_of(path.interface, path.way, path.source);
    if (from == to && !reflects(to.interface)) return false;
    const std::uint32_t route = stats_.find(datagram.interface, target->interface);
    const auto drop = [&](CarryDrop cause) {
        stats_.drop(route, cause);
        return true;
    };
    Passage passage = passage_of(origin, datagram);
    const Link* link = node_.membership().find(target->interface);
    passage.to = to.remote || link == nullptr ? nullptr : &link->interface;
    if (parsed.header.topic != 0) passage.topic = topic_name(parsed.header.topic, origin);
    if (const std::optional<CarryDrop> cause = ask_rules(now, passage)) return drop(*cause);
    if (datagram.buffer.size() > target->datagram_max) return drop(CarryDrop::TooLarge);
    wire::set_hops(datagram.buffer.data(), static_cast<std::uint8_t>(parsed.header.hops + 1));
    if (!node_.outbound().push(datagram.buffer, *target)) return drop(CarryDrop::QueueFull);
    ++stats_.at(route).datagrams;
    stats_.at(route).bytes += datagram.buffer.size();
    return true;
}

bool Forwarder::repair(Instant now, const wire::ParsedHeader& parsed, Datagram& datagram,
                       const protocol::Peer& asker) {
    wire::FrameWalker walker(datagram.buffer.bytes().subspan(parsed.size), 1);
    const std::optional<wire::Nak> nak = wire::read_nak(walker.next(), range_room_);
    // Who only writes another's identity into a datagram has another address.
    if (!nak || !asker.speaks_from(datagram.source.address)) return false;
    const Flow* flow = flows_.find({nak->publisher, nak->topic});
    const std::optional<Target> target = detail::unicast_target(asker, node_.membership());
    if (flow == nullptr || !target) return false;
    // Nobody asks for what the rules, or another relay, keep from its network.
    if (flow->epoch != epoch_ ||
        std::none_of(flow->outputs.begin(), flow->outputs.end(), [&](const Output& output) {
            return output.target.interface == target->interface;
        }))
        return false;
    RouteCounters& route = stats_.at(stats_.find(flow->from, target->interface));
    // All or nothing: the publisher would send the rest again as a whole.
    for (const wire::SequenceRange& range : nak->missing)
        for (std::uint64_t sequence = range.first; sequence <= range.last(); ++sequence) {
            const Buffer held = store_.find(flow->key, sequence);
            if (!held || held.size() > target->datagram_max) return false;
        }
    for (const wire::SequenceRange& range : nak->missing)
        for (std::uint64_t sequence = range.first; sequence <= range.last(); ++sequence) {
            const Buffer held = store_.find(flow->key, sequence);
            wire::add_flags(held.data(), wire::kFlagRepair);
            if (!repairs_.take(now.time_since_epoch().count()) ||
                !node_.outbound().push(held, *target))
                return false;
            ++route.repairs;
            ++route.datagrams;
            route.bytes += held.size();
        }
    return true;
}

void Forwarder::on_hello(Instant now, const wire::ParsedHeader& parsed, const Datagram& datagram) {
    wire::FrameWalker walker(datagram.buffer.bytes().subspan(parsed.size), 1);
    wire::RelayHelloRoom room;
    const auto hello = wire::read_relay_hello(walker.next(), room);
    if (!hello) {
        stats_.drop(stats_.find(datagram.interface, {}), CarryDrop::Malformed);
        return;
    }
    // Nobody silences a relay under a name that is not known here, or is another's.
    const protocol::Peer* relay = node_.peer_table().find(parsed.header.origin);
    if (relay == nullptr || !relay->speaks_from(datagram.source.address)) {
        context_.drop(relay == nullptr ? DropCause::UnknownPeer : DropCause::Spoofed);
        return;
    }
    if (book_ != nullptr)
        book_->note(now, parsed.header.origin, AnnouncementBook::kHello, datagram);
    const bool is_new = !election_.is_alive(parsed.header.origin);
    if (!election_.on_hello(now, datagram.interface,
                            {parsed.header.origin, hello->link, hello->forwards_to, hello->keys}))
        return;
    if (is_new) hello_.send_soon();
    ++changes_;
}

void Forwarder::on_relays_changed(Instant now) {
    ++changes_;
    epoch_ = context_.topology + changes_;
    // Ways through a relay that is gone lead nowhere.
    std::vector<Endpoint> gone;
    node_.peer_table().for_each([&](const protocol::Peer& peer) {
        for (const protocol::Path& path : peer.paths())
            if (path.hops > 0 && !relay_at(path)) gone.push_back(path.source);
    });
    node_.peer_table().for_each([&](protocol::Peer& peer) {
        for (const Endpoint& relay : gone)
            peer.drop_relay(relay);
    });
    context_.touch_topology();
    // Whom it showed to others this one shows now, without waiting to be told again.
    node_.peer_table().for_each([&](const protocol::Peer& peer) {
        const Buffer newest = origins_.newest(node_.peer_table().slot(peer), peer.id());
        const protocol::Path* path = peer.active_path();
        if (!newest || path == nullptr) return;
        Datagram datagram;
        datagram.buffer = newest;
        datagram.interface = path->interface;
        datagram.source = path->source;
        datagram.way = path->way;
        const Side from = side_of(path->interface, path->way, path->source);
        for (const Link& link : node_.membership().links())
            if (link.attached) carry_to_link(now, link, from, datagram, peer);
    });
}

}  // namespace mcast::relay
