#pragma once

#include <cstddef>
#include <span>

#include "mcast/transport.hpp"

namespace mcast::socket {

// Datagrams in one UDP_SEGMENT send: UDP_MAX_SEGMENTS of linux/udp.h, 128 since Linux 6.9.
inline constexpr std::size_t kSegmentsMax = 64;
// Their bytes: beyond 65536 less the headers of IPv6 and Ethernet the kernel cuts them up again at
// once (GSO_LEGACY_MAX_SIZE).
inline constexpr std::size_t kSegmentRunSizeMax = 65536 - 64;

// How many datagrams at the start of a batch, which is not empty, may leave as one send: they go
// the same way and have one size, the last perhaps a smaller one.
[[nodiscard]] std::size_t segment_run(std::span<const Datagram> batch);

}  // namespace mcast::socket
