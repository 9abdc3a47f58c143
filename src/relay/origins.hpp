#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "mcast/buffer.hpp"
#include "protocol/peer_table.hpp"

namespace mcast::relay {

// What a relay keeps of each peer: which announcements it has passed on, since each comes by
// several ways (two families, broadcast), and the newest, to show the peer to others when this
// relay takes over from one that is gone. By the peer's slot in its table.
class Origins {
public:
    explicit Origins(std::size_t peers_max) : origins_(peers_max) {}

    // True: it was not passed on yet. Control datagrams have sequences of their own.
    bool on_announcement(std::uint32_t slot, PeerId peer, std::uint64_t sequence,
                         const Buffer& buffer) {
        Origin& origin = at(slot, peer);
        for (const std::uint64_t known : origin.recent)
            if (known == sequence) return false;
        origin.recent[origin.next++ % origin.recent.size()] = sequence;
        origin.newest = buffer;
        return true;
    }
    // Its newest announcement, as it was passed on; empty if there is none.
    [[nodiscard]] Buffer newest(std::uint32_t slot, PeerId peer) const {
        return origins_[slot].peer == peer ? origins_[slot].newest : Buffer();
    }
    // Gives the buffers back; how many.
    std::size_t forget_newest() {
        std::size_t count = 0;
        for (Origin& origin : origins_) {
            count += origin.newest ? 1 : 0;
            origin.newest.reset();
        }
        return count;
    }

private:
    struct Origin {
        PeerId peer;
        std::array<std::uint64_t, 8> recent{};
        std::uint8_t next = 0;
        Buffer newest;
    };
    Origin& at(std::uint32_t slot, PeerId peer) {
        Origin& origin = origins_[slot];
        if (origin.peer != peer) {
            origin = Origin{};
            origin.peer = peer;
        }
        return origin;
    }

    std::vector<Origin> origins_;
};

}  // namespace mcast::relay
