#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "mcast/time.hpp"
#include "mcast/transport.hpp"

struct rte_mbuf;

namespace mcast::dpdk {

// A datagram that waits for its node, in an mbuf that nobody else has.
struct Arrival {
    rte_mbuf* mbuf = nullptr;
    std::byte* payload = nullptr;
    std::uint32_t size = 0;
    Way way = Way::Multicast;
    Endpoint source;
    Endpoint destination;
    WallTime received_at{};
};

// From whoever has the port's turn to the one thread of a node. All memory is taken at
// construction.
class ArrivalQueue {
public:
    explicit ArrivalQueue(std::size_t capacity)
        : capacity_(capacity),
          slots_(std::bit_ceil(capacity)),
          mask_(static_cast<std::uint32_t>(slots_.size() - 1)) {}

    // Acquire and release on both ends: a slot is seen as it was left by the other side.
    [[nodiscard]] bool push(const Arrival& arrival) {
        const std::uint32_t tail = tail_.load(std::memory_order_relaxed);
        if (tail - head_.load(std::memory_order_acquire) >= capacity_) return false;
        slots_[tail & mask_] = arrival;
        tail_.store(tail + 1, std::memory_order_release);
        return true;
    }
    [[nodiscard]] bool pop(Arrival& arrival) {
        const std::uint32_t head = head_.load(std::memory_order_relaxed);
        if (head == tail_.load(std::memory_order_acquire)) return false;
        arrival = slots_[head & mask_];
        head_.store(head + 1, std::memory_order_release);
        return true;
    }
    [[nodiscard]] bool empty() const {
        return head_.load(std::memory_order_relaxed) == tail_.load(std::memory_order_acquire);
    }

private:
    const std::size_t capacity_;
    std::vector<Arrival> slots_;
    const std::uint32_t mask_;
    alignas(64) std::atomic<std::uint32_t> head_{0};
    alignas(64) std::atomic<std::uint32_t> tail_{0};
};

}  // namespace mcast::dpdk
