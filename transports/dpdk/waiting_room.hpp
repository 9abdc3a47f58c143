#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "mcast/transport.hpp"

namespace mcast::dpdk {

class PortUser;

// Unicast datagrams whose neighbour has not answered yet. A few only: who asks for many that are
// not there loses them, and they are counted.
class WaitingRoom {
public:
    static constexpr std::size_t kMax = 64;

    struct Guest {
        PortUser* user = nullptr;
        Datagram datagram;
    };

    WaitingRoom() { guests_.reserve(kMax); }
    [[nodiscard]] bool full() const { return guests_.size() == kMax; }
    [[nodiscard]] bool empty() const { return guests_.empty(); }
    void add(PortUser& user, const Datagram& datagram) { guests_.push_back({&user, datagram}); }
    // Those for whom `done` is false stay, in order.
    template <typename Done>
    void visit(Done&& done) {
        std::erase_if(guests_, std::forward<Done>(done));
    }
    // A user that goes takes its datagrams along.
    void forget(const PortUser& user) {
        std::erase_if(guests_, [&](const Guest& guest) { return guest.user == &user; });
    }

private:
    std::vector<Guest> guests_;
};

}  // namespace mcast::dpdk
