#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "contract/plain_sockets.hpp"
#include "transports/plain/raw_packet.hpp"
#include "transports/socket/socket_address.hpp"

namespace mcast::plain {

// The arrays that sendmmsg wants, for datagrams that leave by one socket.
class DepartureBatch {
public:
    static constexpr std::size_t kMax = 64;

    // From the socket's own address and port. Sets the errors.
    void send(int fd, InterfaceIndex interface, std::span<PlainDeparture> batch);
    // One with the source that it names, by a raw socket, in as many packets as it takes.
    void send_raw(int fd, InterfaceIndex interface, std::size_t mtu, PlainDeparture& departure);

private:
    struct Control {
        alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(sizeof(int))> bytes;
    };
    void fill(std::size_t place, InterfaceIndex interface, const PlainDeparture& departure);

    std::array<mmsghdr, kRawPacketsMax> headers_{};
    std::array<iovec, 2 * kRawPacketsMax> slices_{};
    std::array<socket::SocketAddress, kMax> addresses_{};
    std::array<Control, kMax> controls_{};
    std::array<RawPacket, kRawPacketsMax> packets_{};
    std::uint16_t identification_ = 0;
};

}  // namespace mcast::plain
