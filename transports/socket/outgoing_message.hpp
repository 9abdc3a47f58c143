#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "mcast/transport.hpp"
#include "transports/socket/receiver.hpp"
#include "transports/socket/socket_address.hpp"

namespace mcast::socket {

// What the kernel wants beside the bytes to send a datagram, or a run of them as segment_run()
// found it. Stays where it is while a msghdr points into it.
class OutgoingMessage {
public:
    OutgoingMessage() = default;
    OutgoingMessage(const OutgoingMessage&) = delete;
    OutgoingMessage& operator=(const OutgoingMessage&) = delete;

    // Points all of `header` at itself, at `slices` (as many as the run has datagrams; fewer are
    // used where some lie behind one another) and at the bytes of the run. `broadcast_ttl`: the
    // kernel gives broadcast the TTL of unicast otherwise.
    void fill(msghdr& header, std::span<iovec> slices, std::span<const Datagram> run,
              const Receiver& sender, int broadcast_ttl);

private:
    // Room for IP_TTL, IP_PKTINFO and UDP_SEGMENT.
    static constexpr std::size_t kControlSize = CMSG_SPACE(sizeof(int)) +
                                                CMSG_SPACE(sizeof(in_pktinfo)) +
                                                CMSG_SPACE(sizeof(std::uint16_t));

    SocketAddress address_{};
    alignas(cmsghdr) std::array<std::byte, kControlSize> control_{};
};

}  // namespace mcast::socket
