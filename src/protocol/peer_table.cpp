#include "protocol/peer_table.hpp"

#include <algorithm>

namespace mcast::protocol {

PeerTable::PeerTable(std::size_t peers_max, std::size_t topics_per_peer_max)
    : live_(peers_max, false), index_(peers_max) {
    peers_.reserve(peers_max);
    free_.reserve(peers_max);
    for (std::size_t i = 0; i < peers_max; ++i) {
        peers_.emplace_back(topics_per_peer_max);
        free_.push_back(static_cast<std::uint32_t>(peers_max - 1 - i));
    }
}

Peer* PeerTable::find(PeerId id) {
    const std::uint32_t* slot = index_.find(id);
    return slot == nullptr ? nullptr : &peers_[*slot];
}

const Peer* PeerTable::find(PeerId id) const {
    return const_cast<PeerTable*>(this)->find(id);
}

std::uint32_t PeerTable::slot(const Peer& peer) const {
    return static_cast<std::uint32_t>(&peer - peers_.data());
}

Peer* PeerTable::place(PeerId id, Instant now) {
    const std::uint32_t slot = free_.back();
    free_.pop_back();
    live_[slot] = true;
    index_.insert(id, slot);
    peers_[slot].begin(id, now);
    return &peers_[slot];
}

Peer* PeerTable::longest_silent() {
    Peer* longest = nullptr;
    for_each([&](Peer& peer) {
        if (peer.state() != PeerState::Silent) return;
        if (longest == nullptr || peer.heard_at() < longest->heard_at()) longest = &peer;
    });
    return longest;
}

void PeerTable::remove(PeerId id, bool forever) {
    const std::uint32_t* slot = index_.find(id);
    if (slot == nullptr) return;
    live_[*slot] = false;
    free_.push_back(*slot);
    index_.erase(id);
    if (!forever) return;
    tombstones_[next_tombstone_] = id;
    next_tombstone_ = (next_tombstone_ + 1) % tombstones_.size();
}

bool PeerTable::is_dead(PeerId id) const {
    return std::find(tombstones_.begin(), tombstones_.end(), id) != tombstones_.end();
}

void PeerTable::note_deadline(const Peer& peer) {
    const Instant due = peer.state() == PeerState::Silent ? peer.down_at() : peer.silent_at();
    deadline_ = std::min(deadline_, due);
    for (const Path& path : peer.paths()) {
        const auto patience =
            static_cast<Duration::rep>(static_cast<double>(peer.interval().count()) * kSilentAfter);
        deadline_ = std::min(deadline_, path.heard_at + Duration(patience));
    }
}

}  // namespace mcast::protocol
