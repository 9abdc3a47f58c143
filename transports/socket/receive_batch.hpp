#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <ctime>
#include <span>

#include "mcast/buffer_pool.hpp"
#include "mcast/transport.hpp"
#include "transports/socket/receiver.hpp"
#include "transports/socket/socket_address.hpp"

namespace mcast::socket {

// The arrays that one recvmmsg wants, with buffers of a pool under them. Buffers that nothing
// arrived in stay here for the next call.
class ReceiveBatch {
public:
    static constexpr std::size_t kMax = 64;  // more in one call gains nothing

    ReceiveBatch(BufferPool& pool, std::size_t datagram_max, const Clock& clock);
    ReceiveBatch(const ReceiveBatch&) = delete;
    ReceiveBatch& operator=(const ReceiveBatch&) = delete;

    // What waits in one socket, as far as buffers and `batch` go; fills a prefix of `batch`,
    // counts, drops what is not for us. Returns the length of the prefix.
    std::size_t receive(Receiver& receiver, std::span<Datagram> batch);

    // Whether there is a buffer left to receive into.
    [[nodiscard]] bool has_buffer() const { return armed_count_ > 0 || pool_.free_count() > 0; }
    // Buffers that are kept here.
    [[nodiscard]] std::size_t armed_count() const { return armed_count_; }

private:
    // Room for the packet information of IPv6 (the larger), time and drops.
    static constexpr std::size_t kControlSize = CMSG_SPACE(sizeof(in6_pktinfo)) +
                                                CMSG_SPACE(sizeof(timespec)) +
                                                CMSG_SPACE(sizeof(std::uint32_t));
    struct Control {
        alignas(cmsghdr) std::array<std::byte, kControlSize> bytes;
    };

    void arm(std::size_t count);
    void disarm_taken(std::size_t count);
    // False: dropped and counted.
    bool take(Receiver& receiver, std::size_t i, Datagram& out);
    void read_control(Receiver& receiver, msghdr& header, Datagram& out) const;

    BufferPool& pool_;
    std::size_t datagram_max_;
    const Clock& clock_;
    std::size_t armed_count_ = 0;  // the first of armed_
    std::array<Buffer, kMax> armed_;
    std::array<mmsghdr, kMax> headers_{};
    std::array<iovec, kMax> slices_{};
    std::array<SocketAddress, kMax> sources_{};
    std::array<Control, kMax> controls_{};
};

}  // namespace mcast::socket
