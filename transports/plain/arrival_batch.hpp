#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "contract/plain_sockets.hpp"
#include "transports/socket/pinned_socket.hpp"
#include "transports/socket/socket_address.hpp"

namespace mcast::plain {

// Room for datagrams of any size and what recvmmsg wants beside it. What is never used takes no
// memory.
class ArrivalBatch {
public:
    static constexpr std::size_t kMax = 64;
    static constexpr std::size_t kDatagramMax = 65536;

    ArrivalBatch();
    ArrivalBatch(const ArrivalBatch&) = delete;
    ArrivalBatch& operator=(const ArrivalBatch&) = delete;

    // All room is free again: what was read before is gone.
    void clear() { used_ = 0; }
    [[nodiscard]] std::size_t free() const { return kMax - used_; }
    // At most so many of what has arrived in this socket; the numbers say which one it is.
    std::size_t receive(socket::PinnedSocket& socket, PlainSocketId id, InterfaceIndex interface,
                        std::span<PlainArrival> batch);

private:
    struct Control {
        alignas(cmsghdr) std::array<std::byte, 256> bytes;
    };
    void prepare(std::size_t place);
    void read(socket::PinnedSocket& socket, std::size_t place, PlainArrival& arrival) const;

    std::unique_ptr<std::byte[]> memory_;
    std::array<mmsghdr, kMax> headers_{};
    std::array<iovec, kMax> slices_{};
    std::array<socket::SocketAddress, kMax> sources_{};
    std::array<Control, kMax> controls_{};
    std::size_t used_ = 0;
};

}  // namespace mcast::plain
