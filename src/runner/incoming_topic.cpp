#include "runner/incoming_topic.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace mcast::detail {

IncomingTopic::IncomingTopic(RawSubscriber subscriber, const Qos& qos)
    : subscriber_(std::move(subscriber)),
      capacity_(std::max<std::size_t>(qos.queue_capacity, 1)),
      latest_(qos.delivery == Delivery::Latest),
      queue_(capacity_, 1, 0),
      token_(queue_) {}

std::size_t IncomingTopic::take(std::span<QueuedDatagram> batch) {
    const std::size_t count = queue_.try_dequeue_bulk(batch.begin(), batch.size());
    // Relaxed: a count; the queue itself orders what is in it.
    queued_.fetch_sub(static_cast<std::ptrdiff_t>(count), std::memory_order_relaxed);
    return count;
}

bool IncomingTopic::wait_for(Duration duration) {
    if (queued_.load(std::memory_order_acquire) > 0) return true;
    std::unique_lock lock(mutex_);
    // A read-modify-write here and in hand_over(), so that one of the two sees the other: either
    // we find the datagram or it finds us.
    waiting_.fetch_add(1, std::memory_order_acq_rel);
    const auto something = [&] { return queued_.load(std::memory_order_acquire) > 0; };
    // The longest that the clock of a condition variable can bear to add.
    const Duration bounded = std::min<Duration>(duration, std::chrono::hours(24 * 365));
    arrived_.wait_for(lock, bounded, [&] { return ended_ || something(); });
    waiting_.fetch_sub(1, std::memory_order_relaxed);
    return something();
}

std::size_t IncomingTopic::hand_over() {
    std::size_t total = 0;
    for (;;) {
        std::size_t count = 0;
        while (count < std::min(batch_.size(), capacity_) &&
               subscriber_.core().next_datagram(batch_[count]))
            ++count;
        if (count == 0) break;
        const auto room =
            static_cast<std::ptrdiff_t>(capacity_) - queued_.load(std::memory_order_relaxed);
        if (const auto excess = static_cast<std::ptrdiff_t>(count) - room; excess > 0)
            drop_oldest(static_cast<std::size_t>(excess));
        const bool queued =
            queue_.enqueue_bulk(token_, std::make_move_iterator(batch_.begin()), count);
        MCAST_ASSERT(queued, "the system has no memory left for a queue of samples");
        // Release: pairs with wait_for().
        queued_.fetch_add(static_cast<std::ptrdiff_t>(count), std::memory_order_release);
        total += count;
    }
    if (total > 0 && waiting_.fetch_add(0, std::memory_order_acq_rel) > 0) wake_waiting();
    return total;
}

void IncomingTopic::drop_oldest(std::size_t datagrams) {
    DrainCounts counts;
    QueuedDatagram oldest;
    for (; datagrams > 0 && take(std::span(&oldest, 1)) == 1; --datagrams)
        counts.queue_full += oldest.message_count;
    count(counts);
}

void IncomingTopic::wake_waiting() {
    // Through the lock, so that who has just looked is asleep by now.
    { const std::lock_guard lock(mutex_); }
    arrived_.notify_all();
}

void IncomingTopic::count(const DrainCounts& counts) {
    const auto add = [](std::atomic<std::uint64_t>& sum, std::uint64_t more) {
        if (more > 0) sum.fetch_add(more, std::memory_order_relaxed);
    };
    add(delivered_, counts.delivered);
    add(delivered_bytes_, counts.delivered_bytes);
    add(stale_, counts.stale);
    add(malformed_, counts.malformed);
    add(queue_full_, counts.queue_full);
}

SubscriberStats IncomingTopic::stats() const {
    SubscriberStats stats = subscriber_ ? subscriber_.stats() : last_stats_;
    stats.delivered += delivered_.load(std::memory_order_relaxed);
    stats.delivered_bytes += delivered_bytes_.load(std::memory_order_relaxed);
    stats.dropped.add(DropCause::Stale, stale_.load(std::memory_order_relaxed));
    stats.dropped.add(DropCause::MalformedMessage, malformed_.load(std::memory_order_relaxed));
    stats.dropped.add(DropCause::QueueFull, queue_full_.load(std::memory_order_relaxed));
    return stats;
}

void IncomingTopic::close() {
    last_stats_ = subscriber_.stats();
    subscriber_ = Subscriber();
    {
        const std::lock_guard lock(mutex_);
        ended_ = true;
    }
    arrived_.notify_all();
}

}  // namespace mcast::detail
