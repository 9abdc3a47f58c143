#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/flat_map.hpp"
#include "contract/plain_sockets.hpp"
#include "mcast/address.hpp"
#include "mcast/interface.hpp"
#include "mcast/time.hpp"

namespace mcast::relay {

// A port of ours from which somebody's datagrams go on, so that what comes back to it can be
// brought back to him.
struct Lease {
    Endpoint asker;
    InterfaceIndex asker_interface;
    Endpoint destination;      // what he sends to: a group, or broadcast
    InterfaceIndex interface;  // where the port is
    PlainSocketId socket;
    Duration term{};  // from its last use
    Instant until{};
};

// Who has which port. When all are lent, the one that was not used for longest is taken away,
// counted. All memory is taken at construction; no clock, no socket.
class ReplyTable {
public:
    explicit ReplyTable(std::size_t capacity);

    // The lease of this asker; used by it, so its term begins anew.
    [[nodiscard]] const Lease* renew(Instant now, const Endpoint& asker,
                                     InterfaceIndex asker_interface, const Endpoint& destination,
                                     InterfaceIndex interface);
    // Whose port it is; null if its term is over. What comes back does not prolong it.
    [[nodiscard]] const Lease* find(Instant now, PlainSocketId socket) const;
    // The lease that had to go for it, whose socket is the caller's to close.
    std::optional<Lease> add(Instant now, Lease lease);
    // One whose term is over, or for which `gone` says so; likewise.
    std::optional<Lease> expire(Instant now);
    template <typename Gone>
    std::optional<Lease> drop_if(const Gone& gone) {
        for (std::uint32_t place = oldest_; place != kNone; place = entries_[place].newer)
            if (gone(std::as_const(entries_[place].lease))) return remove(place);
        return std::nullopt;
    }
    [[nodiscard]] Instant deadline() const;

    [[nodiscard]] std::size_t size() const { return by_asker_.size(); }
    [[nodiscard]] bool full() const { return free_ == kNone; }
    // Those that were taken away before their time.
    [[nodiscard]] std::uint64_t evicted() const { return evicted_; }

private:
    static constexpr std::uint32_t kNone = 0xffff'ffff;
    struct Entry {
        Lease lease;
        std::uint32_t older = kNone;
        std::uint32_t newer = kNone;  // of a free one: the next free one
    };
    struct AskerKey {
        Endpoint asker;
        InterfaceIndex asker_interface;  // addresses may be the same on several
        Endpoint destination;
        InterfaceIndex interface;
        friend bool operator==(const AskerKey&, const AskerKey&) = default;
    };
    struct AskerHash {
        std::uint64_t operator()(const AskerKey& key) const;
    };
    struct SocketHash {
        std::uint64_t operator()(PlainSocketId id) const;
    };

    static AskerKey key_of(const Lease& lease);
    Lease remove(std::uint32_t place);
    void link(std::uint32_t place);
    void unlink(std::uint32_t place);

    std::vector<Entry> entries_;
    FlatMap<AskerKey, std::uint32_t, AskerHash> by_asker_;
    FlatMap<PlainSocketId, std::uint32_t, SocketHash> by_socket_;
    std::uint32_t free_ = kNone;
    std::uint32_t oldest_ = kNone;
    std::uint32_t newest_ = kNone;
    std::uint64_t evicted_ = 0;
};

}  // namespace mcast::relay
