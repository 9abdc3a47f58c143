#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mcast/export.hpp"
#include "mcast/host.hpp"
#include "mcast/log.hpp"
#include "mcast/options.hpp"
#include "mcast/result.hpp"
#include "mcast/time.hpp"

// A library of its own, libmcast-dpdk: only its users load DPDK.
namespace mcast::dpdk {

inline constexpr std::uint16_t kUnicastPortCount = 16;  // from kUnicastPortFirst on
inline constexpr std::size_t kDatagramMax = 1472;       // 1500 of Ethernet - 20 IPv4 - 8 UDP

// Who tells switches and routers which groups are wanted here.
enum class Membership : std::uint8_t {
    Auto,    // Kernel where a kernel interface stays beside the port and still sees queries, User
             // elsewhere and in a VLAN
    Kernel,  // the kernel's IGMP and MLD, through a helper socket
    User,    // our own
};

// What EAL takes its memory from; the first host of a process decides.
enum class Memory : std::uint8_t {
    Auto,     // huge pages if there are enough free ones
    Huge,     // huge pages only: real devices need them
    Ordinary  // ordinary pages: for virtual devices, needs no preparation and no privilege
};

// How a wait for data treats the core it runs on.
struct Idle {
    Duration spin = std::chrono::microseconds(20);        // looks again at once
    Duration sleep_max = std::chrono::microseconds(200);  // then in naps up to this; 0: never naps
};

struct Options {
    // A PCI address ("0000:03:00.0"), a virtual device with its arguments
    // ("net_af_packet0,iface=eth1"), or the name of a port that the application has made itself.
    std::string device{};
    // "10.0.0.2/24", "fd00::2/64". Empty: those of the kernel interface that the device stands on.
    std::vector<std::string> addresses{};
    std::uint16_t vlan = 0;  // 802.1Q id of all our frames; 0: untagged
    std::uint32_t mtu = 0;   // bytes of an IP packet; 0: as the device is

    std::uint16_t port = kPort;      // multicast and broadcast
    std::uint16_t unicast_port = 0;  // 0: the first free from kUnicastPortFirst on
    std::uint8_t ttl = 1;            // of multicast and broadcast
    bool udp_checksum = true;        // false: none in IPv4, and wrong ones are let in
    Membership membership = Membership::Auto;
    // AF_XDP: an XDP program of ours takes from the kernel only UDP to our ports (in a VLAN: all of
    // the VLAN); the rest of the host keeps working. Where it cannot be had, notes say why, and
    // libxdp's program takes every frame, as it does with false.
    bool port_filter = true;
    std::uint8_t igmp_version = 0;  // 2 or 3: only this one; 0: what queriers speak, 3 before
    // "10.0.0.5=02:00:00:00:00:05": needs no asking. For peers that do not answer.
    std::vector<std::string> neighbours{};

    std::size_t datagram_max = kDatagramMax;   // bytes of payload; larger for jumbo frames
    std::size_t transmit_buffer_count = 512;   // mbufs that a node may write into at a time
    std::size_t receive_buffer_count = 2048;   // that it may hold, and as many may wait for it
    std::size_t nodes_max = 2;                 // nodes of this process that may share the port
    std::size_t mbuf_count = 0;                // of the port; 0: as many as all this needs
    std::uint16_t receive_descriptors = 1024;  // asked of the device, which may give others
    std::uint16_t transmit_descriptors = 1024;

    Memory memory = Memory::Auto;
    std::size_t memory_size = 256u << 20;  // bytes for EAL, fixed when it starts
    Idle idle{};
    Log log{};  // EAL's, its drivers' and our own lines; called within calls of the node
};

// What happened on a port since it was opened, for all nodes of the process that share it.
struct PortCounters {
    std::uint64_t resend_copies = 0;    // sent from a copy: the mbuf was still in use elsewhere
    std::uint64_t local_copies = 0;     // for further nodes of this process
    std::uint64_t moved_payloads = 0;   // arrived at no multiple of 8
    std::uint64_t foreign_copies = 0;   // arrived in an mbuf that somebody else may still use
    std::uint64_t receive_no_mbuf = 0;  // lost since no mbuf was free for a copy
    std::uint64_t unresolved = 0;       // no neighbour answered for the address
    // Frames that went no further, by the parser's name for the reason: "udp-checksum", …
    std::vector<std::pair<std::string, std::uint64_t>> dropped_frames{};
};

// A port driven by DPDK, made usable for one node; a second node of the process may open the same
// device and shares the port. Starts EAL if nobody has: in a thread of its own that ends at once,
// without touching the caller's affinity or signals.
[[nodiscard]] MCAST_API Result<Host> host(const Options& options);

// Of a port of this process, by the device it was opened with; empty if there is none. From any
// thread.
[[nodiscard]] MCAST_API std::optional<PortCounters> port_counters(std::string_view device);

}  // namespace mcast::dpdk
