#include "transports/socket/outgoing_message.hpp"

#include <netinet/udp.h>

#include <cstring>

// Newer than some C libraries; the number is that of linux/udp.h.
#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

namespace mcast::socket {

namespace {

// Appends one control message at `place` and returns where the next one goes.
template <typename T>
std::byte* append(msghdr& header, std::byte* place, int level, int type, const T& value) {
    auto* const control = reinterpret_cast<cmsghdr*>(place);
    control->cmsg_level = level;
    control->cmsg_type = type;
    control->cmsg_len = CMSG_LEN(sizeof(value));
    std::memcpy(CMSG_DATA(control), &value, sizeof(value));
    header.msg_controllen += CMSG_SPACE(sizeof(value));
    return place + CMSG_SPACE(sizeof(value));
}

// Buffers that lie behind one another are one piece, which the kernel gathers sooner than many.
std::size_t gather(std::span<iovec> slices, std::span<const Datagram> run) {
    std::size_t count = 0;
    const std::byte* end = nullptr;
    for (const Datagram& datagram : run) {
        const Buffer& buffer = datagram.buffer;
        if (count > 0 && buffer.data() == end)
            slices[count - 1].iov_len += buffer.size();
        else
            slices[count++] = {buffer.data(), buffer.size()};
        end = buffer.data() + buffer.size();
    }
    return count;
}

}  // namespace

void OutgoingMessage::fill(msghdr& header, std::span<iovec> slices, std::span<const Datagram> run,
                           const Receiver& sender, int broadcast_ttl) {
    const Datagram& first = run.front();
    header.msg_name = &address_;
    header.msg_namelen = to_kernel(first.destination, first.interface, address_);
    header.msg_iov = slices.data();
    header.msg_iovlen = gather(slices, run);
    header.msg_control = control_.data();
    header.msg_controllen = 0;
    header.msg_flags = 0;
    std::byte* place = control_.data();
    const Address& to = first.destination.address;
    if (to.family() == Family::Ipv4) {
        const bool broadcast = to.is_limited_broadcast() || first.way == Way::Broadcast;
        if (broadcast) place = append(header, place, IPPROTO_IP, IP_TTL, broadcast_ttl);
        if ((broadcast || to.is_multicast()) && sender.source.family() != Family::None) {
            in_pktinfo info{};
            info.ipi_spec_dst = to_in_addr(sender.source);
            place = append(header, place, IPPROTO_IP, IP_PKTINFO, info);
        }
    }
    if (run.size() > 1)
        append(header, place, IPPROTO_UDP, UDP_SEGMENT,
               static_cast<std::uint16_t>(first.buffer.size()));
    if (header.msg_controllen == 0) header.msg_control = nullptr;
}

}  // namespace mcast::socket
