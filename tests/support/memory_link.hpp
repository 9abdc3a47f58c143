#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "mcast/buffer_pool.hpp"
#include "mcast/host.hpp"

namespace mcast::support {

// A cable in memory between the hosts that are plugged into it: what one sends all others
// receive, in the sender's own buffers. No loss, no copy, no allocation per datagram; the clock
// stands still unless it is moved. For tests and benchmarks that look at nothing but a node.
class MemoryLink {
public:
    // Datagrams that wait for a receiver beyond `queue_capacity` are dropped.
    explicit MemoryLink(std::size_t queue_capacity = 4096) : queue_capacity_(queue_capacity) {}
    MemoryLink(const MemoryLink&) = delete;
    MemoryLink& operator=(const MemoryLink&) = delete;
    ~MemoryLink();

    // Another host on the cable, with one Ethernet interface "eth0". Its node must go before us.
    [[nodiscard]] Host host();
    void advance(Duration duration) { now_ += duration; }
    [[nodiscard]] Instant now() const { return now_; }

    // Looks at each batch that a node hands to its transport; from now on they say that runs of
    // equal neighbours are worth while.
    void watch_batches(std::function<void(std::span<const Datagram>)> watcher);

    // Puts a datagram into every host's queue, as if `source` had sent it.
    void inject(Buffer buffer, const Endpoint& source);
    // A buffer to fill for inject().
    [[nodiscard]] Buffer allocate() { return injected_.allocate(); }

private:
    class Plug;
    class Monitor;
    class TimeOf;

    Instant now_{std::chrono::hours(1)};
    std::size_t queue_capacity_;
    std::vector<Plug*> plugs_;
    std::uint8_t hosts_ = 0;
    std::function<void(std::span<const Datagram>)> watcher_;
    BufferPool injected_{256, 2048};
};

}  // namespace mcast::support
