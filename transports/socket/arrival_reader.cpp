#include "transports/socket/arrival_reader.hpp"

#include <netinet/udp.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <utility>

#include "transports/socket/socket_address.hpp"

// Newer than some C libraries; the number is that of linux/udp.h.
#ifndef UDP_GRO
#define UDP_GRO 104
#endif

namespace mcast::socket {

namespace {

template <typename T>
T payload(const cmsghdr& control) {
    T value;
    std::memcpy(&value, CMSG_DATA(&control), sizeof(value));
    return value;
}

WallTime to_wall_time(const timespec& time) {
    return WallTime(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
}

void read_ipv4(const in_pktinfo& info, Datagram& out) {
    out.destination.address = to_address(info.ipi_addr);
    // ip(7): ipi_spec_dst is the local address. It is the destination itself, unless that was a
    // broadcast; so directed ones are told without knowing the prefixes of the interface.
    out.way = out.destination.address.is_multicast()             ? Way::Multicast
              : info.ipi_addr.s_addr == info.ipi_spec_dst.s_addr ? Way::Unicast
                                                                 : Way::Broadcast;
}

void read_ipv6(const in6_pktinfo& info, Datagram& out) {
    out.destination.address = to_address(info.ipi6_addr);
    out.way = out.destination.address.is_multicast() ? Way::Multicast : Way::Unicast;
}

// Into `out` and the socket; returns the size of segments, 0 if it is one datagram.
std::uint32_t read_control(Receiver& receiver, const msghdr& header, Datagram& out) {
    std::uint32_t segment_size = 0;
    auto& changeable = const_cast<msghdr&>(header);  // CMSG_NXTHDR only reads it
    for (const cmsghdr* control = CMSG_FIRSTHDR(&header); control != nullptr;
         control = CMSG_NXTHDR(&changeable, const_cast<cmsghdr*>(control))) {
        if (control->cmsg_level == SOL_SOCKET && control->cmsg_type == SCM_TIMESTAMPNS)
            out.received_at = to_wall_time(payload<timespec>(*control));
        else if (control->cmsg_level == SOL_SOCKET && control->cmsg_type == SO_RXQ_OVFL)
            receiver.socket.note_drops(payload<std::uint32_t>(*control));
        else if (control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_PKTINFO)
            read_ipv4(payload<in_pktinfo>(*control), out);
        else if (control->cmsg_level == IPPROTO_IPV6 && control->cmsg_type == IPV6_PKTINFO)
            read_ipv6(payload<in6_pktinfo>(*control), out);
        else if (control->cmsg_level == IPPROTO_UDP && control->cmsg_type == UDP_GRO)
            segment_size = static_cast<std::uint32_t>(payload<int>(*control));
    }
    return segment_size;
}

}  // namespace

bool ArrivalReader::read(Receiver& receiver, const msghdr& header, Buffer bytes,
                         ArrivedRun& run) const {
    const std::uint32_t size = bytes.size();
    Datagram& head = run.begin(std::move(bytes));
    const std::uint32_t segment_size = read_control(receiver, header, head);
    run.set_segment_size(segment_size);
    const bool fits = (segment_size != 0 ? std::min(segment_size, size) : size) <= datagram_max_;
    const bool joined =
        head.way != Way::Multicast || receiver.memberships.receives(head.destination.address);
    // Broadcast reaches each socket of the port; one of them is enough.
    const bool twice = head.way == Way::Broadcast && receiver.role == Receiver::Role::FurtherGroups;
    head.destination.port = receiver.socket.port();
    head.source = to_endpoint(*static_cast<const SocketAddress*>(header.msg_name));
    head.interface = receiver.interface;
    if (head.received_at == WallTime{}) head.received_at = clock_.wall_now();

    TransportCounters& counters = *receiver.counters;
    const bool truncated = !fits || (header.msg_flags & MSG_TRUNC) != 0;
    if (truncated && !twice)
        counters.receive_truncated += run.size();
    else if (!joined)
        counters.receive_leaked += run.size();
    if (truncated || !joined || twice) {
        run.end();
        return false;
    }
    counters.received_datagrams += run.size();
    counters.received_bytes += size;
    return true;
}

}  // namespace mcast::socket
