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
        if (const auto gone = election_.on_bye(header.origin); !gone.empty())
            on_relays_gone(now, gone);
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
        push_to(route, datagram.buffer, target);
    }
}

void Forwarder::push_to(std::uint32_t route, const Buffer& buffer, const Target& target) {
    if (buffer.size() > target.datagram_max) return stats_.drop(route, CarryDrop::TooLarge);
    if (!node_.outbound().push(buffer, target)) return stats_.drop(route, CarryDrop::QueueFull);
    ++stats_.at(route).datagrams;
    stats_.at(route).bytes += buffer.size();
}

std::optional<CarryDrop> Forwarder::ask_rules(Instant now, const Passage& passage) {
    if (rules_ == nullptr) return std::nullopt;
    const Verdict verdict = rules_->decide(passage);
    const bool passes = rules_->admit(now, verdict);
    log_passage(now, verdict.log_rule, passage, passes ? "" : ", dropped");
    if (passes) return std::nullopt;
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
    Ways ways;
    node_.peer_table().for_each([&](const protocol::Peer& receiver) {
        if (wire::receiver_tag(receiver.id()) == parsed.header.receiver &&
            receiver.id() != origin.id())
            pass_to(now, parsed, datagram, origin, receiver, ways);
    });
    if (ways.count == 0) drop(CarryDrop::NoReceiver);
}

void Forwarder::pass_to(Instant now, const wire::ParsedHeader& parsed, Datagram& datagram,
                        const protocol::Peer& origin, const protocol::Peer& receiver, Ways& ways) {
    const std::optional<Target> target = detail::unicast_target(receiver, node_.membership());
    if (!target) return;
    const Side from = side_of(datagram.interface, datagram.way, datagram.source);
    const protocol::Path& path = *receiver.active_path();
    const Side to = side_of(path.interface, path.way, path.source);
    if (from == to && !reflects(to.interface)) return;
    Passage passage = passage_of(origin, datagram);
    if (parsed.header.topic != 0) {
        passage.topic = topic_name(parsed.header.topic, origin, receiver);
        if (passage.topic.empty()) return;  // no rule could tell
    }
    // Several receivers may have the same tag, and one relay before them that passes it on to each.
    const auto taken = ways.targets.begin() + static_cast<std::ptrdiff_t>(ways.count);
    if (ways.count == Ways::kMax || std::any_of(ways.targets.begin(), taken, [&](const Target& t) {
            return t.interface == target->interface && t.destination == target->destination;
        }))
        return;
    ways.targets[ways.count++] = *target;
    const Link* link = node_.membership().find(target->interface);
    passage.to = to.remote || link == nullptr ? nullptr : &link->interface;
    const std::uint32_t route = stats_.find(datagram.interface, target->interface);
    if (const std::optional<CarryDrop> cause = ask_rules(now, passage))
        return stats_.drop(route, *cause);
    wire::set_hops(datagram.buffer.data(), static_cast<std::uint8_t>(parsed.header.hops + 1));
    push_to(route, datagram.buffer, *target);
}

Buffer Forwarder::repair_of(const Buffer& held) {
    // What is held may still be on its way to somebody else, who is told other things.
    Buffer copy = node_.outbound().allocate();
    if (!copy || copy.capacity() < held.size()) return {};
    std::memcpy(copy.data(), held.data(), held.size());
    copy.resize(held.size());
    wire::add_flags(copy.data(), wire::kFlagRepair);
    return copy;
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
            Buffer copy = repair_of(held);
            if (!copy || !repairs_.take(now.time_since_epoch().count()) ||
                !node_.outbound().push(std::move(copy), *target))
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
                            {parsed.header.origin, hello->link, hello->keys}))
        return;
    if (is_new) hello_.send_soon();
    ++changes_;
}

bool Forwarder::leads_through(const protocol::Path& path,
                              std::span<const Election::Presence> relays) const {
    return path.hops > 0 && std::any_of(relays.begin(), relays.end(), [&](const auto& relay) {
               const protocol::Peer* peer = node_.peer_table().find(relay.relay);
               if (peer == nullptr || relay.interface != path.interface) return false;
               const auto paths = peer->paths();
               return std::any_of(paths.begin(), paths.end(), [&](const protocol::Path& own) {
                   return own.hops == 0 && own.interface == path.interface &&
                          own.source.address == path.source.address;
               });
           });
}

void Forwarder::on_relays_gone(Instant now, std::span<const Election::Presence> gone) {
    ++changes_;
    epoch_ = context_.topology + changes_;
    // Ways through a relay that is gone lead nowhere.
    std::vector<Endpoint> ends;
    node_.peer_table().for_each([&](const protocol::Peer& peer) {
        for (const protocol::Path& path : peer.paths())
            if (leads_through(path, gone)) ends.push_back(path.source);
    });
    node_.peer_table().for_each([&](protocol::Peer& peer) {
        for (const Endpoint& relay : ends)
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
