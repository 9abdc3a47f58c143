#pragma once

#include <cstddef>
#include <span>
#include <utility>

#include "mcast/result.hpp"

struct rte_mbuf;
struct rte_mempool;

namespace mcast::dpdk {

// The mbufs of one port, for receiving and sending: some devices send in place only from the memory
// they receive into. All have a MbufBlock in their private area.
class MbufPool {
public:
    struct Shape {
        std::size_t count = 0;
        std::size_t header_size = 0;  // behind so many bytes a received payload is aligned
        std::size_t frame_max = 0;    // bytes of the largest frame received
        std::size_t datagram_max = 0;
        // No card reads and writes it by physical pages: mbufs may lie across their borders. AF_XDP
        // needs that, since its driver takes them to lie side by side.
        bool across_pages = false;
    };

    // Memory that is being used elsewhere comes back in its time: nothing waits for it.
    [[nodiscard]] static Result<MbufPool> make(const Shape& shape);
    MbufPool(MbufPool&& other) noexcept
        : pool_(std::exchange(other.pool_, nullptr)),
          missing_(other.missing_),
          payload_at_(other.payload_at_) {}
    MbufPool& operator=(MbufPool&& other) noexcept {
        std::swap(pool_, other.pool_);
        std::swap(payload_at_, other.payload_at_);
        std::swap(missing_, other.missing_);
        return *this;
    }
    // Frees the memory as soon as the last mbuf is back: now, or when the next pool is made or
    // ends.
    ~MbufPool();

    [[nodiscard]] rte_mempool* get() const { return pool_; }
    // An mbuf whose payload has room for datagram_max bytes behind the headers; null if there is
    // none.
    [[nodiscard]] rte_mbuf* allocate() const;
    // Several of them; how many there were, from the first on.
    [[nodiscard]] std::size_t allocate(std::span<rte_mbuf*> mbufs) const;
    [[nodiscard]] std::byte* payload(rte_mbuf& mbuf) const;
    [[nodiscard]] std::size_t free_count() const;

    // The device is gone and has kept mbufs for ever (AF_XDP's rings do): do not wait for what is
    // neither free nor in a Buffer.
    void forget_missing();

    // Whether an mbuf has our MbufBlock, of whichever of our pools it is.
    [[nodiscard]] bool is_ours(const rte_mbuf& mbuf) const;

private:
    MbufPool(rte_mempool* pool, std::size_t payload_at) : pool_(pool), payload_at_(payload_at) {}

    rte_mempool* pool_ = nullptr;
    unsigned missing_ = 0;        // will not come back
    std::size_t payload_at_ = 0;  // from the start of an mbuf's buffer
};

}  // namespace mcast::dpdk
