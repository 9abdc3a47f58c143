#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/flat_map.hpp"
#include "base/random.hpp"
#include "protocol/peer.hpp"

namespace mcast::protocol {

struct PeerIdHash {
    std::uint64_t operator()(PeerId id) const { return split_mix(id.value); }
};

// All peers that are known, at most a fixed number of them.
//
//   Unknown ──announcement──► Up ──quiet──► Silent ──quiet──► Down (forgotten)
//                             Up ◄──heard── Silent
//                             Up, Silent ──bye──► Down (forgotten, never back)
//
// A peer whose node restarts has another identity: a new peer beside the old one.
class PeerTable {
public:
    PeerTable(std::size_t peers_max, std::size_t topics_per_peer_max);

    [[nodiscard]] Peer* find(PeerId id);
    [[nodiscard]] const Peer* find(PeerId id) const;
    // Position of a peer that find() gave: stable while the peer lives, below peers_max.
    [[nodiscard]] std::uint32_t slot(const Peer& peer) const;

    // A new peer, Up from now. When the table is full a silent peer makes room (`evicted` is then
    // called first); null if there is none, or if the peer said bye before.
    template <typename Evicted>
    Peer* add(PeerId id, Instant now, Evicted&& evicted) {
        if (is_dead(id)) return nullptr;
        if (free_.empty()) {
            Peer* silent = longest_silent();
            if (silent == nullptr) return nullptr;
            evicted(*silent);
            remove(silent->id(), false);
        }
        return place(id, now);
    }
    // Forgets a peer; with `forever` its identity is not accepted again.
    void remove(PeerId id, bool forever);

    // What is due for a peer, or for its paths, by the time alone.
    enum class Due : std::uint8_t { Silent, Down, Paths };
    // Calls `handler(Peer&, Due)` for each peer whose state or paths change; the states are set
    // already, removal of those that are down is the handler's.
    template <typename Handler>
    void on_deadline(Instant now, Handler&& handler) {
        deadline_ = kNever;
        for (std::size_t i = 0; i < peers_.size(); ++i) {
            if (!live_[i]) continue;
            Peer& peer = peers_[i];
            if (peer.state() == PeerState::Up && peer.silent_at() <= now) {
                peer.set_state(PeerState::Silent);
                handler(peer, Due::Silent);
            }
            if (peer.state() == PeerState::Silent && peer.down_at() <= now) {
                peer.set_state(PeerState::Down);
                handler(peer, Due::Down);
            }
            if (!live_[i]) continue;
            if (peer.expire_paths(now)) handler(peer, Due::Paths);
            note_deadline(peer);
        }
    }
    // No later than the next change by time.
    [[nodiscard]] Instant deadline() const { return deadline_; }
    // The peer's interval is known or has changed.
    void note_deadline(const Peer& peer);

    [[nodiscard]] std::size_t size() const { return index_.size(); }
    [[nodiscard]] bool is_dead(PeerId id) const;

    template <typename Handler>
    void for_each(Handler&& handler) const {
        for (std::size_t i = 0; i < peers_.size(); ++i)
            if (live_[i]) handler(peers_[i]);
    }
    template <typename Handler>
    void for_each(Handler&& handler) {
        for (std::size_t i = 0; i < peers_.size(); ++i)
            if (live_[i]) handler(peers_[i]);
    }

private:
    Peer* place(PeerId id, Instant now);
    [[nodiscard]] Peer* longest_silent();

    std::vector<Peer> peers_;
    std::vector<bool> live_;
    std::vector<std::uint32_t> free_;
    FlatMap<PeerId, std::uint32_t, PeerIdHash> index_;
    Instant deadline_ = kNever;
    std::array<PeerId, kTombstonesMax> tombstones_{};
    std::size_t next_tombstone_ = 0;
};

}  // namespace mcast::protocol
