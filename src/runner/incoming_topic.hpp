#pragma once

#include <concurrentqueue/concurrentqueue.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>

#include "mcast/stats.hpp"
#include "mcast/subscriber.hpp"
#include "mcast/time.hpp"
#include "node/subscriber_core.hpp"

namespace mcast::detail {

// What the threads that drain a topic have counted, between two of their batches.
struct DrainCounts {
    std::uint64_t delivered = 0;
    std::uint64_t delivered_bytes = 0;
    std::uint64_t stale = 0;
    std::uint64_t malformed = 0;
    std::uint64_t queue_full = 0;
};

// A topic that a runner receives: the node's subscriber on the I/O thread, and the bounded queue of
// datagrams to the threads that drain it.
class IncomingTopic {
public:
    // Counts one inlet already.
    IncomingTopic(RawSubscriber subscriber, const Qos& qos);

    // --- Any thread's.

    [[nodiscard]] std::size_t capacity() const { return capacity_; }
    [[nodiscard]] bool latest() const { return latest_; }
    // Takes the oldest ones out, as many as fit.
    std::size_t take(std::span<QueuedDatagram> batch);
    // Until there is something to take; false if `duration` has passed, or it ended and is empty.
    bool wait_for(Duration duration);
    void count(const DrainCounts& counts);
    void add_inlet() { inlets_.fetch_add(1, std::memory_order_relaxed); }
    // True: it was the last one.
    [[nodiscard]] bool drop_inlet() { return inlets_.fetch_sub(1, std::memory_order_acq_rel) == 1; }
    [[nodiscard]] bool in_use() const { return inlets_.load(std::memory_order_acquire) > 0; }

    // --- The I/O thread's, and everybody's once that has ended.

    // From the node's queue into ours, the oldest ones out if there is no room; how many.
    std::size_t hand_over();
    [[nodiscard]] SubscriberStats stats() const;
    // The node goes: keeps its counters, and whoever waits comes back.
    void close();

private:
    // The node's subscriber behind its public face.
    class Subscriber : public RawSubscriber {
    public:
        Subscriber() = default;
        explicit Subscriber(RawSubscriber&& raw) : RawSubscriber(std::move(raw)) {}
        [[nodiscard]] SubscriberCore& core() { return *core_; }
    };

    void drop_oldest(std::size_t datagrams);
    void wake_waiting();

    Subscriber subscriber_;
    std::size_t capacity_;
    bool latest_;
    SubscriberStats last_stats_;
    moodycamel::ConcurrentQueue<QueuedDatagram> queue_;
    moodycamel::ProducerToken token_;
    // How many are queued; below zero while somebody takes what is not counted yet.
    alignas(64) std::atomic<std::ptrdiff_t> queued_{0};
    std::array<QueuedDatagram, 32> batch_;

    std::atomic<std::uint32_t> inlets_{1};
    std::atomic<std::uint64_t> delivered_{0};
    std::atomic<std::uint64_t> delivered_bytes_{0};
    std::atomic<std::uint64_t> stale_{0};
    std::atomic<std::uint64_t> malformed_{0};
    std::atomic<std::uint64_t> queue_full_{0};

    std::mutex mutex_;
    std::condition_variable arrived_;
    std::atomic<std::uint32_t> waiting_{0};
    bool ended_ = false;
};

}  // namespace mcast::detail
