#pragma once

#include <cstdint>
#include <string>

#include "mcast/address.hpp"
#include "mcast/interface.hpp"
#include "mcast/transport.hpp"
#include "transports/socket/memberships.hpp"
#include "transports/socket/pinned_socket.hpp"
#include "transports/socket/segmentation.hpp"

namespace mcast::socket {

// A socket by which datagrams come in, and what to make of them. Stays where it is, since the
// engine points to it.
struct Receiver {
    enum class Role : std::uint8_t {
        FirstGroups,    // multicast, and what is broadcast
        FurtherGroups,  // multicast beyond what one socket may join
        Unicast,        // unicast; everything is sent by it, so that an answer finds us
    };

    Receiver(PinnedSocket pinned, Role role_of_it, InterfaceIndex index,
             TransportCounters& interface_counters)
        : socket(std::move(pinned)),
          role(role_of_it),
          interface(index),
          counters(&interface_counters) {}

    PinnedSocket socket;
    Memberships memberships;
    Role role;
    InterfaceIndex interface;
    TransportCounters* counters;
    std::uint32_t place = 0;  // where its engine keeps it
    std::string kept_name;    // with the keeper of sockets; empty: it has none
    // Unicast: how runs are sent.
    Segmentation segmentation{false};
    // Unicast, IPv4 loopback: what to send from; none: the kernel chooses well.
    Address source;
};

}  // namespace mcast::socket
