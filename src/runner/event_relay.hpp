#pragma once

#include <concurrentqueue/concurrentqueue.h>

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "node/event_queue.hpp"

namespace mcast::detail {

// Events from the I/O thread to whichever thread drains them. As in the node's own queue, what
// comes while it is full is dropped and counted, and gaps fill three quarters of it at most.
class EventRelay {
public:
    explicit EventRelay(std::size_t capacity)
        : capacity_(capacity), queue_(capacity, 1, 0), token_(queue_) {}

    // The I/O thread's.
    void push(const Event& event) {
        const std::size_t waiting = waiting_.load(std::memory_order_relaxed);
        const std::size_t limit =
            event.kind == EventKind::Gap ? capacity_ - capacity_ / 4 : capacity_;
        if (waiting >= limit) {
            ++dropped_;
            return;
        }
        EventRecord record;
        record.event = event;
        record.peer_name.assign(event.peer_name);
        record.topic.assign(event.topic);
        record.interface_name.assign(event.interface_name);
        record.text.assign(event.text);
        // Counted first, so that nobody takes out what is not counted.
        waiting_.fetch_add(1, std::memory_order_relaxed);
        const bool queued = queue_.enqueue(token_, record);
        MCAST_ASSERT(queued, "the system has no memory left for the queue of events");
    }
    [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

    // Any thread's: the oldest, whose views point into `record`; false if there is none.
    [[nodiscard]] bool pop(EventRecord& record) {
        if (!queue_.try_dequeue(record)) return false;
        waiting_.fetch_sub(1, std::memory_order_relaxed);
        record.event.peer_name = record.peer_name.view();
        record.event.topic = record.topic.view();
        record.event.interface_name = record.interface_name.view();
        record.event.text = record.text.view();
        return true;
    }

private:
    std::size_t capacity_;
    moodycamel::ConcurrentQueue<EventRecord> queue_;
    moodycamel::ProducerToken token_;
    std::atomic<std::size_t> waiting_{0};
    std::uint64_t dropped_ = 0;
};

}  // namespace mcast::detail
