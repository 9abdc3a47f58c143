#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <ctime>

#include "mcast/time.hpp"
#include "transports/socket/arrived_run.hpp"
#include "transports/socket/receiver.hpp"

namespace mcast::socket {

// Room for what the kernel tells with an arrival: packet information of IPv6 (the larger), time,
// drops, size of segments.
inline constexpr std::size_t kArrivalControlSize =
    CMSG_SPACE(sizeof(in6_pktinfo)) + CMSG_SPACE(sizeof(timespec)) +
    CMSG_SPACE(sizeof(std::uint32_t)) + CMSG_SPACE(sizeof(int));

// Makes Datagrams of what the kernel tells. The clock gives the time where the kernel does not.
class ArrivalReader {
public:
    ArrivalReader(std::size_t datagram_max, const Clock& clock)
        : datagram_max_(datagram_max), clock_(clock) {}

    // Puts into `run`, which is empty, what arrived in `receiver`, counted: `header` with source,
    // control messages and flags as recvmsg left them, `bytes` in use as far as they were filled.
    // False: it is not for us, and `run` stays empty.
    bool read(Receiver& receiver, const msghdr& header, Buffer bytes, ArrivedRun& run) const;

private:
    std::size_t datagram_max_;
    const Clock& clock_;
};

}  // namespace mcast::socket
