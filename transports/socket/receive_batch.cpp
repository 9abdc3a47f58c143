#include "transports/socket/receive_batch.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <utility>

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

}  // namespace

ReceiveBatch::ReceiveBatch(BufferPool& pool, std::size_t datagram_max, const Clock& clock)
    : pool_(pool), datagram_max_(datagram_max), clock_(clock) {
    for (std::size_t i = 0; i < kMax; ++i) {
        msghdr& header = headers_[i].msg_hdr;
        header.msg_name = &sources_[i];
        header.msg_iov = &slices_[i];
        header.msg_iovlen = 1;
        header.msg_control = controls_[i].bytes.data();
        slices_[i].iov_len = datagram_max_;
    }
}

void ReceiveBatch::arm(std::size_t count) {
    while (armed_count_ < count) {
        Buffer buffer = pool_.allocate();
        if (!buffer) return;
        slices_[armed_count_].iov_base = buffer.data();
        armed_[armed_count_++] = std::move(buffer);
    }
}

// Closes the holes that taken buffers have left among the first `count`.
void ReceiveBatch::disarm_taken(std::size_t count) {
    for (std::size_t i = count; i-- > 0;) {
        if (armed_[i]) continue;
        const std::size_t last = --armed_count_;
        if (i == last) continue;
        armed_[i] = std::move(armed_[last]);
        slices_[i].iov_base = armed_[i].data();
    }
}

std::size_t ReceiveBatch::receive(Receiver& receiver, std::span<Datagram> batch) {
    const std::size_t wanted = std::min(batch.size(), kMax);
    arm(wanted);
    const std::size_t count = std::min(wanted, armed_count_);
    if (count == 0) return 0;
    for (std::size_t i = 0; i < count; ++i) {
        // The kernel wrote what it used of them the last time.
        headers_[i].msg_hdr.msg_namelen = sizeof(SocketAddress);
        headers_[i].msg_hdr.msg_controllen = kControlSize;
    }
    const int arrived = ::recvmmsg(receiver.socket.fd(), headers_.data(),
                                   static_cast<unsigned>(count), MSG_DONTWAIT, nullptr);
    // An error is one of the socket's, such as an interface that went away: nothing to read.
    if (arrived <= 0) return 0;
    std::size_t filled = 0;
    for (std::size_t i = 0; i < static_cast<std::size_t>(arrived); ++i) {
        if (take(receiver, i, batch[filled])) ++filled;
    }
    disarm_taken(static_cast<std::size_t>(arrived));
    return filled;
}

bool ReceiveBatch::take(Receiver& receiver, std::size_t i, Datagram& out) {
    TransportCounters& counters = *receiver.counters;
    msghdr& header = headers_[i].msg_hdr;
    out.received_at = {};
    out.destination = {};
    out.way = Way::Unicast;
    read_control(receiver, header, out);
    if ((header.msg_flags & MSG_TRUNC) != 0) {
        ++counters.receive_truncated;
        return false;
    }
    if (out.way == Way::Multicast && !receiver.memberships.contains(out.destination.address)) {
        ++counters.receive_leaked;
        return false;
    }
    // Broadcast reaches each socket of the port; one of them is enough.
    if (out.way == Way::Broadcast && receiver.role == Receiver::Role::FurtherGroups) return false;
    out.destination.port = receiver.socket.port();
    out.source = to_endpoint(sources_[i]);
    out.interface = receiver.interface;
    if (out.received_at == WallTime{}) out.received_at = clock_.wall_now();
    out.buffer = std::move(armed_[i]);
    out.buffer.resize(headers_[i].msg_len);
    ++counters.received_datagrams;
    counters.received_bytes += headers_[i].msg_len;
    return true;
}

void ReceiveBatch::read_control(Receiver& receiver, msghdr& header, Datagram& out) const {
    for (const cmsghdr* control = CMSG_FIRSTHDR(&header); control != nullptr;
         control = CMSG_NXTHDR(&header, const_cast<cmsghdr*>(control))) {
        if (control->cmsg_level == SOL_SOCKET && control->cmsg_type == SCM_TIMESTAMPNS)
            out.received_at = to_wall_time(payload<timespec>(*control));
        else if (control->cmsg_level == SOL_SOCKET && control->cmsg_type == SO_RXQ_OVFL)
            receiver.socket.note_drops(payload<std::uint32_t>(*control));
        else if (control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_PKTINFO)
            read_ipv4(payload<in_pktinfo>(*control), out);
        else if (control->cmsg_level == IPPROTO_IPV6 && control->cmsg_type == IPV6_PKTINFO)
            read_ipv6(payload<in6_pktinfo>(*control), out);
    }
}

}  // namespace mcast::socket
