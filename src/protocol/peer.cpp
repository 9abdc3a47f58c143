#include "protocol/peer.hpp"

#include <algorithm>
#include <cstring>

namespace mcast::protocol {

namespace {

constexpr unsigned kPartsMax = 64;  // bits of parts_seen_

Duration scaled(Duration duration, double factor) {
    return Duration(static_cast<Duration::rep>(static_cast<double>(duration.count()) * factor));
}

// Multicast serves everybody at once, broadcast disturbs everybody, unicast costs a datagram for
// each peer; any is better than through one more relay. Within a way IPv4 goes before IPv6, so that
// both ends of a LAN choose alike.
unsigned rank(const Path& path) {
    const unsigned family = path.source.address.family() == Family::Ipv6 ? 1 : 0;
    return path.hops * 2048u + static_cast<unsigned>(path.way) * 512 + path.cost * 2u + family;
}

}  // namespace

Peer::Peer(std::size_t topics_max) : topics_max_(topics_max) {}

void Peer::begin(PeerId id, Instant now) {
    if (!names_) {
        names_.reset(new char[kTopicNamesPerPeerMax]);
        topics_.reserve(topics_max_);
    }
    id_ = id;
    name_.clear();
    state_ = PeerState::Up;
    up_since_ = heard_at_ = now;
    interval_ = round_trip_ = Duration::zero();
    knows_us_ = false;
    path_count_ = active_ = 0;
    address_count_ = 0;
    topics_.clear();
    names_used_ = 0;
    revision_ = 0;
    parts_seen_ = 0;
}

void Peer::set_interval(Duration interval) {
    interval_ = std::clamp(interval, kClaimedIntervalMin, kClaimedIntervalMax);
}

Instant Peer::silent_at() const {
    return heard_at_ + scaled(interval_, kSilentAfter);
}
Instant Peer::down_at() const {
    return heard_at_ + scaled(interval_, kDownAfter);
}

bool Peer::speaks_from(const Address& address) const {
    const auto end = addresses_.begin() +
                     static_cast<std::ptrdiff_t>(std::min(address_count_, addresses_.size()));
    return std::find(addresses_.begin(), end, address) != end;
}

void Peer::note_address(const Address& address) {
    if (!speaks_from(address)) addresses_[address_count_++ % addresses_.size()] = address;
}

bool Peer::on_path(const Path& path) {
    note_address(path.source.address);
    for (std::size_t i = 0; i < path_count_; ++i) {
        Path& known = paths_[i];
        if (known.interface != path.interface || known.way != path.way ||
            known.source.address.family() != path.source.address.family())
            continue;
        // What a relay makes of the same announcement, while it comes by itself, too.
        if (path.hops > known.hops && path.heard_at < known.heard_at + patience()) return false;
        // A peer with two interfaces on our network is heard from both in turns: that matters only
        // where its own address is what is sent to.
        const bool moved =
            known.cost != path.cost || known.hops != path.hops ||
            ((path.way == Way::Unicast || path.hops > 0) && known.source != path.source);
        known = path;
        choose_path();
        return moved;
    }
    if (path_count_ == paths_.size()) {
        const auto worst =
            std::max_element(paths_.begin(), paths_.end(),
                             [](const Path& a, const Path& b) { return rank(a) < rank(b); });
        if (rank(path) >= rank(*worst)) return false;
        *worst = path;
    } else {
        paths_[path_count_++] = path;
    }
    choose_path();
    return true;
}

Duration Peer::patience() const {
    return scaled(interval_, kSilentAfter);
}

template <typename IsGone>
bool Peer::drop_paths(IsGone&& is_gone) {
    const auto first = paths_.begin();
    const auto last = first + static_cast<std::ptrdiff_t>(path_count_);
    const auto kept = std::remove_if(first, last, is_gone);
    if (kept == last) return false;
    path_count_ = static_cast<std::size_t>(kept - first);
    active_ = 0;
    choose_path();
    return true;
}

bool Peer::expire_paths(Instant now) {
    return drop_paths([&](const Path& path) { return path.heard_at + patience() <= now; });
}

bool Peer::drop_interface(InterfaceIndex interface) {
    return drop_paths([&](const Path& path) { return path.interface == interface; });
}

bool Peer::drop_relay(const Endpoint& relay) {
    return drop_paths([&](const Path& path) { return path.hops > 0 && path.source == relay; });
}

const Path* Peer::active_path() const {
    return path_count_ == 0 ? nullptr : &paths_[active_];
}

void Peer::choose_path() {
    for (std::size_t i = 0; i < path_count_; ++i)
        if (rank(paths_[i]) < rank(paths_[active_])) active_ = i;
}

const TopicEntry* Peer::find_topic(std::uint64_t id) const {
    for (const TopicEntry& topic : topics_)
        if (topic.id == id) return &topic;
    return nullptr;
}

Peer::TopicChange Peer::on_topic(TopicEntry entry, std::string_view name, std::uint32_t revision) {
    entry.revision = revision;
    for (TopicEntry& known : topics_) {
        if (known.id != entry.id || known.delivery != entry.delivery) continue;
        const bool changed = !known.same_use(entry);
        entry.name_offset = known.name_offset;
        entry.name_size = known.name_size;
        known = entry;
        return changed ? TopicChange::Changed : TopicChange::None;
    }
    if (topics_.size() == topics_max_ || !store_name(entry, name)) return TopicChange::NoRoom;
    topics_.push_back(entry);
    return TopicChange::Changed;
}

bool Peer::store_name(TopicEntry& entry, std::string_view name) {
    if (name.size() > kTopicNameMax) return false;
    if (name.size() > kTopicNamesPerPeerMax - names_used_) compact_names();
    if (name.size() > kTopicNamesPerPeerMax - names_used_) return false;
    std::memcpy(names_.get() + names_used_, name.data(), name.size());
    entry.name_offset = static_cast<std::uint16_t>(names_used_);
    entry.name_size = static_cast<std::uint8_t>(name.size());
    names_used_ += name.size();
    return true;
}

void Peer::compact_names() {
    // Topics are kept in the order of their names in the store, so moving down never overlaps one
    // that has not been moved yet.
    std::size_t used = 0;
    for (TopicEntry& topic : topics_) {
        std::memmove(names_.get() + used, names_.get() + topic.name_offset, topic.name_size);
        topic.name_offset = static_cast<std::uint16_t>(used);
        used += topic.name_size;
    }
    names_used_ = used;
}

bool Peer::on_topics_end(const AnnouncedTopics& announced) {
    if (announced.revision != revision_) {
        revision_ = announced.revision;
        parts_seen_ = 0;
    }
    if (announced.part < kPartsMax) parts_seen_ |= std::uint64_t{1} << announced.part;
    const unsigned count = std::min<unsigned>(announced.part_count, kPartsMax);
    const std::uint64_t all =
        count == kPartsMax ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1;
    if ((parts_seen_ & all) != all) return false;
    return std::erase_if(topics_,
                         [&](const TopicEntry& topic) { return topic.revision != revision_; }) > 0;
}

bool Peer::knows(const AnnouncedTopics& announced) const {
    return announced.revision == revision_ && announced.part < kPartsMax &&
           (parts_seen_ & (std::uint64_t{1} << announced.part)) != 0;
}

}  // namespace mcast::protocol
