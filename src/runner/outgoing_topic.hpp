#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "mcast/publisher.hpp"
#include "mcast/runner.hpp"
#include "node/publisher_core.hpp"
#include "runner/draft.hpp"

namespace mcast::detail {

// A topic that a runner publishes: the node's publisher on the I/O thread, and what the outlets of
// other threads want to know and count.
class OutgoingTopic {
public:
    // Counts one outlet already.
    OutgoingTopic(RawPublisher publisher, const Qos& qos);

    // --- Any thread's.

    // Whether each message leaves by itself, at once.
    [[nodiscard]] bool singly() const { return singly_; }
    [[nodiscard]] std::uint32_t room_end() const {
        return room_end_.load(std::memory_order_relaxed);
    }
    [[nodiscard]] std::size_t listeners() const {
        return listeners_.load(std::memory_order_relaxed);
    }
    void add_outlet() { outlets_.fetch_add(1, std::memory_order_relaxed); }
    // True: it was the last one. Release: what it queued comes before.
    [[nodiscard]] bool drop_outlet() {
        return outlets_.fetch_sub(1, std::memory_order_acq_rel) == 1;
    }
    [[nodiscard]] bool in_use() const { return outlets_.load(std::memory_order_acquire) > 0; }
    void count_no_buffer() { refused_no_buffer_.fetch_add(1, std::memory_order_relaxed); }
    void count_stopped() { refused_stopped_.fetch_add(1, std::memory_order_relaxed); }
    void count_unsent(std::uint64_t messages) {
        unsent_.fetch_add(messages, std::memory_order_relaxed);
    }

    // --- The I/O thread's, and everybody's once that has ended.

    // Sends what was written into a draft that was taken.
    void publish(Draft& draft);
    // Tells the outlets what has changed.
    void refresh();
    [[nodiscard]] Buffer allocate() { return publisher_.core().allocate_datagram(); }
    [[nodiscard]] RunnerPublisherStats stats() const;
    // The node goes: keeps its counters.
    void close();

private:
    // The node's publisher behind its public face.
    class Publisher : public RawPublisher {
    public:
        Publisher() = default;
        explicit Publisher(RawPublisher&& raw) : RawPublisher(std::move(raw)) {}
        [[nodiscard]] PublisherCore& core() { return *core_; }
    };

    Publisher publisher_;
    bool singly_;
    PublisherStats last_stats_;
    std::atomic<std::uint32_t> room_end_{0};
    std::atomic<std::size_t> listeners_{0};
    std::atomic<std::uint32_t> outlets_{1};
    std::atomic<std::uint64_t> refused_no_buffer_{0};
    std::atomic<std::uint64_t> refused_stopped_{0};
    std::atomic<std::uint64_t> unsent_{0};
};

}  // namespace mcast::detail
