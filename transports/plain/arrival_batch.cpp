#include "transports/plain/arrival_batch.hpp"

#include <algorithm>
#include <cstring>

namespace mcast::plain {

using socket::PinnedSocket;
using socket::to_address;
using socket::to_endpoint;

namespace {

template <typename T>
T payload(const cmsghdr& control) {
    T value;
    std::memcpy(&value, CMSG_DATA(&control), sizeof(value));
    return value;
}

void read_ipv4(const in_pktinfo& info, PlainArrival& out) {
    out.destination.address = to_address(info.ipi_addr);
    // ip(7): the local address is the destination itself, unless that was a broadcast.
    out.way = out.destination.address.is_multicast()             ? Way::Multicast
              : info.ipi_addr.s_addr == info.ipi_spec_dst.s_addr ? Way::Unicast
                                                                 : Way::Broadcast;
}

void read_ipv6(const in6_pktinfo& info, PlainArrival& out) {
    out.destination.address = to_address(info.ipi6_addr);
    out.way = out.destination.address.is_multicast() ? Way::Multicast : Way::Unicast;
}

}  // namespace

ArrivalBatch::ArrivalBatch()
    // Not touched here: pages come with the first datagram that needs them.
    : memory_(std::make_unique_for_overwrite<std::byte[]>(kMax * kDatagramMax)) {
    for (std::size_t i = 0; i < kMax; ++i)
        slices_[i] = {memory_.get() + i * kDatagramMax, kDatagramMax};
}

void ArrivalBatch::prepare(std::size_t place) {
    msghdr& header = headers_[place].msg_hdr;
    header.msg_name = &sources_[place];
    header.msg_namelen = sizeof(socket::SocketAddress);
    header.msg_iov = &slices_[place];
    header.msg_iovlen = 1;
    header.msg_control = controls_[place].bytes.data();
    header.msg_controllen = controls_[place].bytes.size();
}

std::size_t ArrivalBatch::receive(PinnedSocket& socket, PlainSocketId id, InterfaceIndex interface,
                                  std::span<PlainArrival> batch) {
    const std::size_t wanted = std::min(batch.size(), free());
    if (wanted == 0) return 0;
    for (std::size_t i = 0; i < wanted; ++i)
        prepare(used_ + i);
    const int arrived = ::recvmmsg(socket.fd(), &headers_[used_], static_cast<unsigned>(wanted),
                                   MSG_DONTWAIT, nullptr);
    // An error is one of the socket's, such as an interface that went away: nothing to read.
    if (arrived <= 0) return 0;
    const auto count = static_cast<std::size_t>(arrived);
    for (std::size_t i = 0; i < count; ++i) {
        PlainArrival& arrival = batch[i];
        arrival = {};
        arrival.socket = id;
        arrival.interface = interface;
        read(socket, used_ + i, arrival);
    }
    used_ += count;
    return count;
}

void ArrivalBatch::read(PinnedSocket& socket, std::size_t place, PlainArrival& arrival) const {
    const mmsghdr& message = headers_[place];
    auto& changeable = const_cast<msghdr&>(message.msg_hdr);  // CMSG_NXTHDR only reads it
    for (const cmsghdr* control = CMSG_FIRSTHDR(&message.msg_hdr); control != nullptr;
         control = CMSG_NXTHDR(&changeable, const_cast<cmsghdr*>(control))) {
        const int type = control->cmsg_type;
        if (control->cmsg_level == SOL_SOCKET && type == SO_RXQ_OVFL)
            socket.note_drops(payload<std::uint32_t>(*control));
        else if (control->cmsg_level == IPPROTO_IP && type == IP_PKTINFO)
            read_ipv4(payload<in_pktinfo>(*control), arrival);
        else if (control->cmsg_level == IPPROTO_IPV6 && type == IPV6_PKTINFO)
            read_ipv6(payload<in6_pktinfo>(*control), arrival);
        else if ((control->cmsg_level == IPPROTO_IP && type == IP_TTL) ||
                 (control->cmsg_level == IPPROTO_IPV6 && type == IPV6_HOPLIMIT))
            arrival.ttl = static_cast<std::uint8_t>(payload<int>(*control));
    }
    arrival.source = to_endpoint(sources_[place]);
    arrival.destination.port = socket.port();
    arrival.payload = {memory_.get() + place * kDatagramMax, message.msg_len};
}

}  // namespace mcast::plain
