#pragma once

#include <vector>

#include "base/file_descriptor.hpp"
#include "mcast/address.hpp"
#include "mcast/interface.hpp"
#include "mcast/result.hpp"
#include "transports/socket/kept_sockets.hpp"
#include "transports/socket/pinned_socket.hpp"

namespace mcast::plain {

// Bytes asked of the kernel for each socket that receives.
inline constexpr std::size_t kReceiveBuffer = 1u << 20;

// Sockets that hear what is sent to a group, or broadcast, on one interface, and nothing else: they
// are bound to that very address, so that unicast to the port stays with whoever has it. Several
// for broadcast: the limited one and each of the interface's own. The first can send. Those that an
// earlier run left are used again; to keep them is the caller's, in the order of listeners_of().
Result<std::vector<socket::PinnedSocket>> open_listeners(const Interface& interface,
                                                         const Endpoint& destination,
                                                         const socket::KeptSockets& kept,
                                                         socket::PortHolder& port_holder);
// What these are bound to.
[[nodiscard]] std::vector<Endpoint> listeners_of(const Interface& interface,
                                                 const Endpoint& destination);

// A socket with a port that the kernel chooses.
Result<socket::PinnedSocket> open_lent(const Interface& interface, Family family,
                                       socket::PortHolder& port_holder);

// A socket that sends whole IP packets on an interface; interface 0: on any, to see if one may.
Result<FileDescriptor> open_raw(InterfaceIndex interface, Family family);

}  // namespace mcast::plain
