#include "transports/plain/departure_batch.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace mcast::plain {

namespace {

// Sends them all; tells of each that was refused why. A refused one does not hold up the others.
template <typename Refused>
void send_all(int fd, std::span<mmsghdr> messages, const Refused& refused) {
    for (std::size_t done = 0; done < messages.size();) {
        const auto rest = messages.subspan(done);
        const int sent =
            ::sendmmsg(fd, rest.data(), static_cast<unsigned>(rest.size()), MSG_NOSIGNAL);
        if (sent > 0)
            done += static_cast<std::size_t>(sent);
        else if (sent == 0 || errno != EINTR)
            refused(done++, sent == 0 ? EIO : errno);
    }
}

}  // namespace

void DepartureBatch::fill(std::size_t place, InterfaceIndex interface,
                          const PlainDeparture& departure) {
    msghdr& header = headers_[place].msg_hdr;
    header = {};
    header.msg_name = &addresses_[place];
    header.msg_namelen = to_kernel(departure.destination, interface, addresses_[place]);
    // sendmsg() only reads it.
    slices_[place] = {const_cast<std::byte*>(departure.payload.data()), departure.payload.size()};
    header.msg_iov = &slices_[place];
    header.msg_iovlen = 1;
    header.msg_control = controls_[place].bytes.data();
    header.msg_controllen = controls_[place].bytes.size();
    // For this one, whether multicast or not (ip(7), ipv6(7)).
    cmsghdr* const control = CMSG_FIRSTHDR(&header);
    const bool ipv6 = departure.destination.address.family() == Family::Ipv6;
    control->cmsg_level = ipv6 ? IPPROTO_IPV6 : IPPROTO_IP;
    control->cmsg_type = ipv6 ? IPV6_HOPLIMIT : IP_TTL;
    control->cmsg_len = CMSG_LEN(sizeof(int));
    const int ttl = departure.ttl;
    std::memcpy(CMSG_DATA(control), &ttl, sizeof(ttl));
}

void DepartureBatch::send(int fd, InterfaceIndex interface, std::span<PlainDeparture> batch) {
    while (!batch.empty()) {
        const auto part = batch.first(std::min(batch.size(), kMax));
        for (std::size_t i = 0; i < part.size(); ++i) {
            part[i].error = 0;
            fill(i, interface, part[i]);
        }
        send_all(fd, std::span(headers_).first(part.size()),
                 [&](std::size_t i, int error) { part[i].error = error; });
        batch = batch.subspan(part.size());
    }
}

void DepartureBatch::send_raw(int fd, InterfaceIndex interface, std::size_t mtu,
                              PlainDeparture& departure) {
    // Zero would be filled in by the kernel, for each fragment another one.
    if (++identification_ == 0) ++identification_;
    const RawDatagram datagram{*departure.source, departure.destination, departure.ttl,
                               identification_, departure.payload};
    const std::size_t count = write_packets(datagram, mtu, packets_);
    departure.error = count == 0 ? EMSGSIZE : 0;
    // Raw sockets have no ports; IPv6 ones insist on it (ipv6(7)).
    const socklen_t length =
        to_kernel({departure.destination.address, 0}, interface, addresses_.front());
    for (std::size_t i = 0; i < count; ++i) {
        RawPacket& packet = packets_[i];
        iovec* const slices = &slices_[2 * i];
        slices[0] = {packet.header.data(), packet.header_size};
        slices[1] = {const_cast<std::byte*>(departure.payload.data()) + packet.offset, packet.size};
        msghdr& header = headers_[i].msg_hdr;
        header = {};
        header.msg_name = &addresses_.front();
        header.msg_namelen = length;
        header.msg_iov = slices;
        header.msg_iovlen = 2;
    }
    send_all(fd, std::span(headers_).first(count),
             [&](std::size_t, int error) { departure.error = error; });
}

}  // namespace mcast::plain
