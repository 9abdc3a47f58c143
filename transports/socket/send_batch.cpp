#include "transports/socket/send_batch.hpp"

#include <cerrno>
#include <cstring>

namespace mcast::socket {

namespace {

void count(TransportCounters& counters, const Datagram& datagram) {
    ++counters.sent_datagrams;
    counters.sent_bytes += datagram.buffer.size();
}

void count_refused(TransportCounters& counters, const Datagram& datagram, int error) {
    count(counters, datagram);
    ++counters.send_errors;
    counters.last_send_error = error;
}

template <typename T>
cmsghdr* append(msghdr& header, cmsghdr* place, int type, const T& value) {
    place->cmsg_level = IPPROTO_IP;
    place->cmsg_type = type;
    place->cmsg_len = CMSG_LEN(sizeof(value));
    std::memcpy(CMSG_DATA(place), &value, sizeof(value));
    header.msg_controllen += CMSG_SPACE(sizeof(value));
    return reinterpret_cast<cmsghdr*>(reinterpret_cast<std::byte*>(place) +
                                      CMSG_SPACE(sizeof(value)));
}

}  // namespace

SendBatch::SendBatch(std::size_t datagram_max, std::uint8_t ttl)
    : datagram_max_(datagram_max), ttl_(ttl) {
    for (std::size_t i = 0; i < kMax; ++i) {
        headers_[i].msg_hdr.msg_name = &addresses_[i];
        headers_[i].msg_hdr.msg_iov = &slices_[i];
        headers_[i].msg_hdr.msg_iovlen = 1;
    }
}

void SendBatch::fill(std::size_t i, const Datagram& datagram, const Receiver& sender) {
    const Address& to = datagram.destination.address;
    slices_[i].iov_base = datagram.buffer.data();
    slices_[i].iov_len = datagram.buffer.size();
    msghdr& header = headers_[i].msg_hdr;
    header.msg_namelen = to_kernel(datagram.destination, datagram.interface, addresses_[i]);
    header.msg_control = nullptr;
    header.msg_controllen = 0;
    if (to.family() != Family::Ipv4) return;
    const bool broadcast = to.is_limited_broadcast() || datagram.way == Way::Broadcast;
    const Address source = broadcast || to.is_multicast() ? sender.source : Address{};
    if (broadcast || source.family() != Family::None) fill_control(i, broadcast, source);
}

void SendBatch::fill_control(std::size_t i, bool broadcast, const Address& source) {
    msghdr& header = headers_[i].msg_hdr;
    header.msg_control = controls_[i].bytes.data();
    auto* place = reinterpret_cast<cmsghdr*>(controls_[i].bytes.data());
    // The kernel gives broadcast the time to live of unicast.
    if (broadcast) place = append(header, place, IP_TTL, ttl_);
    if (source.family() == Family::None) return;
    in_pktinfo info{};
    info.ipi_spec_dst = to_in_addr(source);
    append(header, place, IP_PKTINFO, info);
}

std::size_t SendBatch::send(Receiver& sender, std::span<const Datagram> run) {
    TransportCounters& counters = *sender.counters;
    for (std::size_t i = 0; i < run.size(); ++i)
        fill(i, run[i], sender);
    std::size_t done = 0;
    while (done < run.size()) {
        // What no receiver of ours would take is not sent.
        if (run[done].buffer.size() > datagram_max_) {
            count_refused(counters, run[done++], EMSGSIZE);
            continue;
        }
        std::size_t end = done + 1;
        while (end < run.size() && run[end].buffer.size() <= datagram_max_)
            ++end;
        const int sent = ::sendmmsg(sender.socket.fd(), &headers_[done],
                                    static_cast<unsigned>(end - done), MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return done;
        if (sent < 0) {
            // An error is that of the first one; the others go on without it.
            count_refused(counters, run[done++], errno);
            continue;
        }
        for (int i = 0; i < sent; ++i)
            count(counters, run[done++]);
    }
    return done;
}

}  // namespace mcast::socket
