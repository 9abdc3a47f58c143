#pragma once

#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <span>

#include "mcast/buffer_pool.hpp"
#include "mcast/transport.hpp"
#include "transports/socket/arrival_reader.hpp"
#include "transports/socket/arrived_run.hpp"
#include "transports/socket/receiver.hpp"
#include "transports/socket/socket_address.hpp"

namespace mcast::socket {

// The arrays that one recvmmsg wants, with buffers of a pool under them. Buffers that nothing
// arrived in stay here for the next call, and so do datagrams that the caller had no room for.
class ReceiveBatch {
public:
    static constexpr std::size_t kMax = 64;  // more in one call gains nothing

    // Receives into whole buffers of the pool: of one datagram, or of 64 KiB for runs of them.
    ReceiveBatch(BufferPool& pool, std::size_t datagram_max, const Clock& clock);
    ReceiveBatch(const ReceiveBatch&) = delete;
    ReceiveBatch& operator=(const ReceiveBatch&) = delete;

    // What waits in one socket, as far as buffers and `batch` go; fills a prefix of `batch`,
    // counts, drops what is not for us. Returns the length of the prefix. Not while something is
    // pending().
    std::size_t receive(Receiver& receiver, std::span<Datagram> batch);
    // The same for one datagram, or one run of them: sooner, if nothing is behind it.
    std::size_t receive_one(Receiver& receiver, std::span<Datagram> batch);
    // Datagrams of an earlier call that had no room in its batch. Only one that must be copied can
    // want for a buffer.
    [[nodiscard]] bool pending() const { return first_run_ < run_count_; }
    std::size_t take_pending(std::span<Datagram> batch);
    // Whether take_pending() would give one now.
    [[nodiscard]] bool ready() const {
        return pending() && (!runs_[first_run_].is_askew() || has_buffer());
    }

    // Whether there is a buffer left to receive into.
    [[nodiscard]] bool has_buffer() const { return armed_count() > 0 || pool_.free_count() > 0; }
    // Buffers that are kept here.
    [[nodiscard]] std::size_t armed_count() const { return kMax - first_armed_; }

private:
    struct Control {
        alignas(cmsghdr) std::array<std::byte, kArrivalControlSize> bytes;
    };

    // A buffer under each message, as far as there are any. What was just given back comes first:
    // it is in the processor's cache.
    void arm();
    // How many messages bring so many datagrams, if they are such runs as came last: what is
    // received beyond that would leave the processor's cache before it is handed out.
    [[nodiscard]] std::size_t wanted(std::size_t datagrams) const {
        return (datagrams + run_length_ - 1) / run_length_;
    }
    // Makes runs of what arrived in the first `count` of those that were armed.
    void accept(Receiver& receiver, std::size_t count);
    Buffer spare();

    BufferPool& pool_;
    ArrivalReader reader_;
    std::size_t first_armed_ = kMax;  // this message and those behind it have a buffer
    std::array<Buffer, kMax> armed_;
    std::array<mmsghdr, kMax> headers_{};
    std::array<iovec, kMax> slices_{};
    std::array<SocketAddress, kMax> sources_{};
    std::array<Control, kMax> controls_{};
    std::array<ArrivedRun, kMax> runs_;
    std::size_t first_run_ = 0;
    std::size_t run_count_ = 0;
    std::size_t run_length_ = 1;  // the longest that the last call brought
};

}  // namespace mcast::socket
