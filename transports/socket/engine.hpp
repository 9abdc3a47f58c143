#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "mcast/time.hpp"
#include "mcast/transport.hpp"
#include "transports/socket/message_sender.hpp"
#include "transports/socket/receiver.hpp"

namespace mcast::socket {

// How datagrams move between the sockets of a SocketTransport and its buffers: by system calls
// (SyscallEngine) or by an io_uring (transports/uring). All calls on the transport's thread but
// wake(). Outlives the sockets that are added to it.
class Engine : public MessageSender {
public:
    // The sentences and the name that tell what it is; the descriptor that is readable when
    // receive() or wait() has something to do.
    virtual void describe(Capabilities& capabilities) const = 0;

    // From now on what arrives there is received, until remove(). The errno, or 0.
    [[nodiscard]] virtual int add(Receiver& receiver) = 0;
    virtual void remove(Receiver& receiver) = 0;

    // As those of Transport.
    virtual std::size_t receive(std::span<Datagram> batch) = 0;
    [[nodiscard]] virtual std::size_t receive_buffers_free() const = 0;
    // For `timeout`, or without an end.
    virtual void wait(std::optional<Duration> timeout) = 0;
    virtual void wake() = 0;
    virtual void watch(int fd) = 0;
};

// How often an engine looks for receive buffers that were given back, perhaps by another thread,
// while there is none.
inline constexpr Duration kBufferCheck = std::chrono::milliseconds(1);

// A run that UDP_GRO has joined is cut off by anything shorter than 64 KiB. The rest staggers the
// buffers: at a power of two all their first bytes would share a few sets of the processor's cache.
inline constexpr std::size_t kRunBufferSize = (64u << 10) + 1600;

}  // namespace mcast::socket
