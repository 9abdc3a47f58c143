#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mcast/address.hpp"

namespace mcast::socket {

// Who holds UDP ports of this network namespace, for error messages. What cannot be bound is tried
// again and again, and to look through all descriptors of all processes takes milliseconds: so it
// looks again only when other sockets have the port.
class PortHolder {
public:
    // "held by pid 812 'avahi'", "held by a process of another user", or "" if nobody does any
    // more.
    [[nodiscard]] std::string find(Family family, std::uint16_t port);

private:
    struct Known {
        Family family;
        std::uint16_t port;
        std::vector<std::string> inodes;  // of the sockets that are bound to it
        std::string holder;
    };
    std::vector<Known> known_;
};

}  // namespace mcast::socket
