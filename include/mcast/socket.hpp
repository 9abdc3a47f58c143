#pragma once

#include <cstddef>
#include <cstdint>

#include "mcast/export.hpp"
#include "mcast/host.hpp"
#include "mcast/options.hpp"
#include "mcast/result.hpp"
#include "mcast/socket_keeper.hpp"
#include "mcast/time.hpp"

namespace mcast::socket {

// Named defaults of the kernel-socket transport.
using mcast::kPort;
using mcast::kUnicastPortFirst;
inline constexpr std::uint16_t kUnicastPortCount = 16;  // else one that the kernel chooses
inline constexpr std::size_t kDatagramMax = 1472;       // 1500 of Ethernet - 20 IPv4 - 8 UDP

struct Options {
    std::uint16_t port = kPort;
    std::uint16_t unicast_port = 0;  // 0: as above; else exactly this one
    bool ipv4 = true;
    bool ipv6 = true;
    std::size_t datagram_max = kDatagramMax;   // bytes of payload; larger for jumbo frames
    std::size_t transmit_buffer_count = 2048;  // buffers of datagram_max bytes
    // How many arrivals may be held: buffers of datagram_max bytes, or with gro of 64 KiB of which
    // only what was ever used takes memory.
    std::size_t receive_buffer_count = 2048;
    std::size_t receive_buffer_size = 4u << 20;  // bytes asked of the kernel for each socket
    std::uint8_t ttl = 1;                        // of multicast and broadcast (RFC 1112)
    // Send and receive runs of equal datagrams as one: UDP_SEGMENT, UDP_GRO (udp(7)). Where the
    // kernel has them not, capabilities().notes says so.
    bool gso = true;
    bool gro = true;
    // A wait looks so long for arrivals before it sleeps: less latency for a busy processor.
    Duration busy_poll{};
    // Keeps the sockets for the next run of this program; must outlive the transport.
    SocketKeeper* keeper = nullptr;
};

// Kernel sockets, the steady clock, rtnetlink and a random seed. Fails only when the kernel
// refuses epoll, eventfd or netlink.
[[nodiscard]] MCAST_API Result<Host> host(const Options& options = {});

}  // namespace mcast::socket
