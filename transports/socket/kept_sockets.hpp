#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "mcast/socket_keeper.hpp"
#include "transports/socket/pinned_socket.hpp"

namespace mcast::socket {

// The sockets of one interface as their keeper knows them; without a keeper nothing happens.
class KeptSockets {
public:
    static constexpr std::size_t kGroupSocketsMax = 64;  // of a family that are found again

    KeptSockets(SocketKeeper* keeper, InterfaceIndex interface)
        : keeper_(keeper), interface_(interface) {}

    [[nodiscard]] std::string unicast(Family family) const;
    // The socket for groups of that number, from 1.
    [[nodiscard]] std::string groups(Family family, std::uint16_t port, std::size_t number) const;

    // One that is bound to this very address.
    [[nodiscard]] std::string bound_to(const Endpoint& local) const;

    // What an earlier run left under this name, if it is what `plan` says, bound to this port (0:
    // to any).
    [[nodiscard]] std::optional<PinnedSocket> adopt(const std::string& name, const SocketPlan& plan,
                                                    std::uint16_t port) const;
    void keep(const std::string& name, const PinnedSocket& socket) const;
    void forget(const std::string& name) const;

private:
    SocketKeeper* keeper_;
    InterfaceIndex interface_;
};

}  // namespace mcast::socket
