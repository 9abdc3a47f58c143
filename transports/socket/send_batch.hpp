#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <span>

#include "mcast/transport.hpp"
#include "transports/socket/receiver.hpp"
#include "transports/socket/socket_address.hpp"

namespace mcast::socket {

// The arrays that one sendmmsg wants, filled straight from Datagrams.
class SendBatch {
public:
    static constexpr std::size_t kMax = 64;  // more in one call gains nothing

    // `ttl` is that of broadcast; multicast and unicast have theirs in the socket.
    SendBatch(std::size_t datagram_max, std::uint8_t ttl);
    SendBatch(const SendBatch&) = delete;
    SendBatch& operator=(const SendBatch&) = delete;

    // Sends a run of at most kMax, all by the same socket, and counts. Returns how many are done
    // with: sent, or refused for good. Less than all only while the socket's send buffer is full.
    std::size_t send(Receiver& sender, std::span<const Datagram> run);

private:
    // Room for IP_TTL and IP_PKTINFO.
    static constexpr std::size_t kControlSize =
        CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(in_pktinfo));
    struct Control {
        alignas(cmsghdr) std::array<std::byte, kControlSize> bytes;
    };

    void fill(std::size_t i, const Datagram& datagram, const Receiver& sender);
    void fill_control(std::size_t i, bool broadcast, const Address& source);

    std::size_t datagram_max_;
    int ttl_;
    std::array<mmsghdr, kMax> headers_{};
    std::array<iovec, kMax> slices_{};
    std::array<SocketAddress, kMax> addresses_{};
    std::array<Control, kMax> controls_{};
};

}  // namespace mcast::socket
