#pragma once

#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "mcast/buffer_pool.hpp"
#include "mcast/socket.hpp"
#include "mcast/time.hpp"
#include "transports/socket/arrival_reader.hpp"
#include "transports/socket/arrived_run.hpp"
#include "transports/socket/receiver.hpp"
#include "transports/uring/block_ring.hpp"
#include "transports/uring/ring.hpp"
#include "transports/uring/tag.hpp"

namespace mcast::uring {

// Receives from sockets by one request each that goes on for ever (multishot recvmsg) and fills
// buffers of one pool. What has arrived waits here, socket by socket, until it is taken.
class Reception {
public:
    Reception(Ring& ring, const socket::Options& options, const Clock& clock);

    // Before all others: makes the pool known to the ring. The errno, or 0.
    [[nodiscard]] int connect() { return blocks_.connect(ring_); }

    void add(socket::Receiver& receiver);
    // Asks the kernel to end reception; forget() may follow when it is not under way any more.
    void stop(const socket::Receiver& receiver);
    [[nodiscard]] bool is_under_way(const socket::Receiver& receiver) const;
    // Drops what has arrived there and was not taken.
    void forget(const socket::Receiver& receiver);

    void on_completion(const Tag& tag, const Completion& completion);
    // Gives the kernel the buffers that are free, and begins again what has ended for want of
    // them, or for anything else.
    void arm();

    // Fills a prefix of the batch, the sockets in turn. A datagram that lies askew (nobody of ours
    // sends such) is dropped, and counted, if all buffers to copy it to are in the kernel's hands.
    std::size_t take(std::span<Datagram> batch);
    // Whether something has arrived and was not taken; ready(): and can be.
    [[nodiscard]] bool pending() const { return arrived_count_ > 0 || !run_.empty(); }
    [[nodiscard]] bool ready() const;
    // Whether reception waits for buffers, or for its next attempt: look again soon.
    [[nodiscard]] bool is_stalled() const { return stalled_count_ > 0; }
    [[nodiscard]] std::size_t buffers_free() const { return pool_.free_count() + blocks_.count(); }

private:
    static constexpr std::uint16_t kNone = UINT16_MAX;

    // A datagram, or a run of them, in the block of the same number.
    struct Arrival {
        std::uint32_t size = 0;  // with what the kernel tells in front of it
        std::uint16_t next = kNone;
    };
    // A socket's.
    struct Place {
        socket::Receiver* receiver = nullptr;  // none: the place is free
        std::uint32_t generation = 0;
        bool under_way = false;
        bool stopping = false;
        unsigned failures = 0;  // in a row
        Instant retry_at{};
        std::uint16_t first = kNone;
        std::uint16_t last = kNone;
    };

    void begin(std::uint32_t place);
    void on_end(Place& place, int result);
    void append(Place& place, std::uint16_t block, std::uint32_t size);
    void pop(Place& place);
    void refill();
    [[nodiscard]] Place* next_with_arrivals();
    // Into run_, which is empty.
    void read(Place& place);
    void drop_next();

    Ring& ring_;
    const Clock& clock_;
    const msghdr shape_;  // how much room the kernel leaves in front of the bytes
    BufferPool pool_;
    BlockRing blocks_;
    socket::ArrivalReader reader_;
    std::vector<Place> places_;
    std::array<Arrival, BlockRing::kBlocks> arrivals_;
    unsigned arrived_count_ = 0;
    unsigned stalled_count_ = 0;
    std::size_t cursor_ = 0;  // whose turn it is
    socket::ArrivedRun run_;  // taken in part
    const socket::Receiver* run_from_ = nullptr;
};

}  // namespace mcast::uring
