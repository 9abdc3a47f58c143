#include "transports/dpdk/neighbours.hpp"

#include <algorithm>

#include "mcast/assert.hpp"

namespace mcast::dpdk {
namespace {

// Instant::min() stands for long ago; nothing may be subtracted from it.
bool within(Instant now, Instant since, Duration duration) {
    return since != Instant::min() && now - since < duration;
}

}  // namespace

Neighbours::Neighbours(const Station& station, std::size_t capacity)
    : station_(station), capacity_(capacity), index_(capacity), answers_(kAnswersMax) {
    MCAST_ASSERT(capacity > 0, "there is room for a neighbour");
    neighbours_.reserve(capacity);
}

void Neighbours::set_addresses(Instant now, std::span<const InterfaceAddress> addresses) {
    const std::array<Own, kOwnAddressesMax> before = own_;
    const std::size_t before_count = own_count_;
    own_count_ = 0;
    for (const InterfaceAddress& address : addresses) {
        if (own_count_ == own_.size()) break;
        const auto known =
            std::find_if(before.begin(), before.begin() + before_count,
                         [&](const Own& each) { return each.address.address == address.address; });
        Own& entry = own_[own_count_++];
        if (known != before.begin() + before_count) {
            entry = *known;
            entry.address = address;
            continue;
        }
        entry = {
            .address = address, .announcements_left = kNeighbourAnnouncements, .announce_at = now};
        schedule(now);
    }
}

void Neighbours::set_gateway(const Address& gateway) {
    (gateway.family() == Family::Ipv4 ? gateway4_ : gateway6_) = gateway;
}

bool Neighbours::add_static(Instant now, const Address& address, const MacAddress& mac) {
    Neighbour* neighbour = find(address);
    if (neighbour == nullptr) neighbour = add(now, address, true);
    if (neighbour == nullptr) return false;
    neighbour->mac = mac;
    neighbour->is_static = true;
    neighbour->ask_at = kNever;
    return true;
}

void Neighbours::on_link(Instant now, bool up) {
    up_ = up;
    for (Own& each : std::span(own_).first(own_count_)) {
        each.announcements_left = kNeighbourAnnouncements;
        each.announce_at = now;
    }
    while (!answers_.empty())
        answers_.pop();
    for (Neighbour& neighbour : neighbours_) {
        neighbour.ask_at = kNever;
        neighbour.confirmed_at = Instant::min();
        neighbour.unreachable_until = Instant::min();
    }
    settle(now);
}

Neighbours::Neighbour* Neighbours::find(const Address& address) {
    const std::uint32_t* index = index_.find(address);
    return index == nullptr ? nullptr : &neighbours_[*index];
}

Neighbours::Neighbour* Neighbours::add(Instant now, const Address& address, bool for_use) {
    Neighbour* place = nullptr;
    if (neighbours_.size() < capacity_) {
        neighbours_.emplace_back();
        place = &neighbours_.back();
    } else {
        place = make_room(now, for_use);
        if (place == nullptr) {
            ++counters_.refused_full;
            return nullptr;
        }
        index_.erase(place->address);
        ++counters_.evicted;
    }
    *place = Neighbour();
    place->address = address;
    index_.insert(address, static_cast<std::uint32_t>(place - neighbours_.data()));
    return place;
}

// The next one that is not in use; for a use of our own, the one that was used longest ago. So
// whoever sends in many names pushes out only others that merely sent.
Neighbours::Neighbour* Neighbours::make_room(Instant now, bool for_use) {
    Neighbour* oldest = nullptr;
    for (std::size_t i = 0; i < neighbours_.size(); ++i) {
        hand_ = (hand_ + 1) % neighbours_.size();
        Neighbour& neighbour = neighbours_[hand_];
        if (neighbour.is_static) continue;
        if (!within(now, neighbour.used_at, kInUseTime)) return &neighbour;
        if (oldest == nullptr || neighbour.used_at < oldest->used_at) oldest = &neighbour;
    }
    return for_use ? oldest : nullptr;
}

Neighbours::Own* Neighbours::own(const Address& address) {
    for (Own& each : std::span(own_).first(own_count_))
        if (each.address.address == address) return &each;
    return nullptr;
}

bool Neighbours::is_ours(const Address& address) const {
    return const_cast<Neighbours*>(this)->own(address) != nullptr;
}

bool Neighbours::is_on_link(const Address& address) const {
    const auto all = std::span(own_).first(own_count_);
    return address.is_link_local() || std::any_of(all.begin(), all.end(), [&](const Own& each) {
               return each.address.address.shares_prefix(address, each.address.prefix_length);
           });
}

// Which of our addresses asks for this one: of its prefix if there is one, else any of the family.
const Neighbours::Own* Neighbours::speaker_to(const Address& address) const {
    const Own* any = nullptr;
    for (const Own& each : std::span(own_).first(own_count_)) {
        const Address& ours = each.address.address;
        if (ours.family() != address.family()) continue;
        if (ours.shares_prefix(address, each.address.prefix_length)) return &each;
        if (any == nullptr) any = &each;
    }
    return any;
}

void Neighbours::ask(Instant now, Neighbour& neighbour) {
    neighbour.asks_left = kAskCount;
    neighbour.ask_at = now;
    schedule(now);
}

bool Neighbours::is_fresh(Instant now, const Neighbour* neighbour) {
    return neighbour != nullptr && !neighbour->mac.is_zero() &&
           (neighbour->is_static || within(now, neighbour->confirmed_at, kReachableTime));
}

MacAddress Neighbours::heard(Instant now, const Address& destination) {
    Neighbour* const neighbour = find(destination);
    if (!is_fresh(now, neighbour)) return {};
    neighbour->used_at = now;
    return neighbour->mac;
}

Lookup Neighbours::lookup(Instant now, const Address& destination) {
    Neighbour* neighbour = find(destination);
    const bool on_link = is_on_link(destination);
    const bool fresh = is_fresh(now, neighbour);
    if (!on_link && !fresh) {
        // Behind a gateway; while its datagrams come in, the way they take is good enough.
        const Address& gateway = destination.family() == Family::Ipv4 ? gateway4_ : gateway6_;
        if (gateway.is_unspecified() || gateway == destination || !is_on_link(gateway)) return {};
        return lookup(now, gateway);
    }
    if (neighbour == nullptr) {
        if (is_ours(destination) || speaker_to(destination) == nullptr) return {};
        neighbour = add(now, destination, true);
        if (neighbour == nullptr) return {};
    }
    neighbour->used_at = now;
    if (fresh) return {Lookup::Outcome::Known, neighbour->mac};
    if (now < neighbour->unreachable_until) return {};
    if (neighbour->ask_at == kNever) ask(now, *neighbour);
    return neighbour->mac.is_zero() ? Lookup{Lookup::Outcome::Asked, {}}
                                    : Lookup{Lookup::Outcome::Known, neighbour->mac};
}

void Neighbours::confirm(Instant now, Neighbour& neighbour, const MacAddress& mac, bool reachable) {
    if (neighbour.is_static) return;
    if (!mac.is_zero()) neighbour.mac = mac;
    neighbour.ask_at = kNever;
    neighbour.unreachable_until = Instant::min();
    neighbour.confirmed_at = reachable ? now : Instant::min();
}

void Neighbours::learn(Instant now, const Address& address, const MacAddress& mac) {
    Neighbour* neighbour = find(address);
    if (neighbour == nullptr) {
        if (address.is_unspecified() || address.is_multicast() || address.is_limited_broadcast() ||
            mac.is_group() || is_ours(address))
            return;
        neighbour = add(now, address, false);
        if (neighbour == nullptr) return;
    } else if (neighbour->mac != mac && !neighbour->mac.is_zero() &&
               (neighbour->is_static || within(now, neighbour->confirmed_at, kReachableTime))) {
        ++counters_.changes_ignored;
        return;
    }
    confirm(now, *neighbour, mac, true);
}

void Neighbours::on_frame(Instant now, const ParsedFrame& frame) {
    // Some devices hand back what was sent.
    if (frame.source_mac == station_.mac) return;
    const NeighbourMessage message = read_neighbour_message(frame);
    if (message.kind == NeighbourMessage::Kind::Other) return;
    if (message.fault != NeighbourFault::None) {
        ++counters_.messages_refused[static_cast<std::size_t>(message.fault)];
        return;
    }
    if (defend(now, message)) return;
    if (message.kind == NeighbourMessage::Kind::Question)
        on_question(now, frame, message);
    else
        on_answer(now, message);
}

// Somebody else has our address: we go on using it and say so, but not for ever in turns (RFC 5227,
// 2.4 b).
bool Neighbours::defend(Instant now, const NeighbourMessage& message) {
    Own* ours = own(message.claimed);
    if (ours == nullptr || message.mac == station_.mac) return false;
    ++counters_.address_conflicts;
    if (!within(now, ours->defended_at, kDefendInterval)) {
        ours->defended_at = now;
        ours->announcements_left = std::max<std::uint8_t>(ours->announcements_left, 1);
        ours->announce_at = now;
        schedule(now);
    }
    return true;
}

void Neighbours::on_question(Instant now, const ParsedFrame& frame,
                             const NeighbourMessage& message) {
    const bool for_us = is_ours(message.asked_for);
    const bool arp = frame.kind == FrameKind::Arp;
    if (!message.claimed.is_unspecified() && !message.mac.is_zero()) {
        Neighbour* neighbour = find(message.claimed);
        // Who asks for us is about to send (RFC 826; RFC 4861, 7.2.3); others only correct.
        if (neighbour == nullptr && for_us) neighbour = add(now, message.claimed, false);
        if (neighbour != nullptr && (arp || neighbour->mac != message.mac))
            confirm(now, *neighbour, message.mac, arp);
    }
    if (!for_us) return;
    if (answers_.full()) {
        ++counters_.answers_dropped;
        return;
    }
    const MacAddress to = message.mac.is_zero() ? frame.source_mac : message.mac;
    answers_.push({message.asked_for, message.claimed, to});
    schedule(now);
}

// RFC 4861, 7.2.5; ARP's replies are solicited and override.
void Neighbours::on_answer(Instant now, const NeighbourMessage& message) {
    Neighbour* neighbour = find(message.claimed);
    if (neighbour == nullptr) return;
    const bool known = !neighbour->mac.is_zero();
    if (!known && message.mac.is_zero()) return;
    const bool another = !message.mac.is_zero() && message.mac != neighbour->mac;
    if (known && another && !message.overrides) {
        neighbour->confirmed_at = Instant::min();
        return;
    }
    if (message.solicited || another) confirm(now, *neighbour, message.mac, message.solicited);
}

std::size_t Neighbours::write_due(Instant now, std::span<std::byte> frame) {
    if (!up_) return 0;
    // What fell due behind the cursor meanwhile is found the next time round.
    while (next_ <= now) {
        if (!answers_.empty()) {
            ++counters_.answers_sent;
            return write_answer(frame, station_, answers_.pop());
        }
        if (const std::size_t size = write_announcement(now, frame); size > 0) return size;
        if (const std::size_t size = write_ask(now, frame); size > 0) return size;
        settle(now);
    }
    return 0;
}

std::size_t Neighbours::write_announcement(Instant now, std::span<std::byte> frame) {
    for (Own& each : std::span(own_).first(own_count_)) {
        if (each.announce_at > now) continue;
        --each.announcements_left;
        each.announce_at = each.announcements_left == 0 ? kNever : now + kNeighbourAnnounceInterval;
        ++counters_.announcements_sent;
        return write_answer(frame, station_, {each.address.address, {}, {}});
    }
    return 0;
}

std::size_t Neighbours::write_ask(Instant now, std::span<std::byte> frame) {
    for (; cursor_ < neighbours_.size(); ++cursor_) {
        Neighbour& neighbour = neighbours_[cursor_];
        if (neighbour.ask_at > now) continue;
        const Own* speaker = speaker_to(neighbour.address);
        if (neighbour.asks_left == 0 || speaker == nullptr) {
            neighbour.ask_at = kNever;
            ++counters_.unreachable;
            // One whose MAC was known may have got another: everybody is asked the next time.
            if (neighbour.mac.is_zero()) neighbour.unreachable_until = now + kUnreachableHold;
            neighbour.mac = {};
            continue;
        }
        --neighbour.asks_left;
        neighbour.ask_at = now + kAskInterval;
        ++counters_.questions_sent;
        return write_question(frame, station_,
                              {speaker->address.address, neighbour.address, neighbour.mac});
    }
    return 0;
}

void Neighbours::settle(Instant now) {
    cursor_ = 0;
    next_ = answers_.empty() ? kNever : now;
    for (const Own& each : std::span(own_).first(own_count_))
        schedule(each.announce_at);
    for (const Neighbour& neighbour : neighbours_)
        schedule(neighbour.ask_at);
}

}  // namespace mcast::dpdk
