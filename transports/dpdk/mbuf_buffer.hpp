#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "mcast/buffer.hpp"

struct rte_mbuf;

namespace mcast::dpdk {

// How many mbufs a node has out in one role: sending or receiving. Lives until the node has closed
// it and the last of them is back.
class Account {
public:
    [[nodiscard]] static Account* open() { return new Account; }
    void close() { release(); }

    // Relaxed: a count that orders nothing. One that another thread is giving back may count still.
    [[nodiscard]] std::uint32_t held() const {
        return references_.load(std::memory_order_relaxed) - 1;
    }
    void take() { references_.fetch_add(1, std::memory_order_relaxed); }
    void release() {
        // Acquire and release: whoever deletes does so after all uses by the others.
        if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
    }

private:
    Account() = default;
    ~Account() = default;
    std::atomic<std::uint32_t> references_{1};
};

// Lies in the private area of each of our mbufs. While there are Buffers, all of them together are
// one reference to the mbuf; the device has others. Whoever lets go last gives it to its pool.
struct MbufBlock : BufferBlock {
    MbufBlock() : BufferBlock(&MbufBlock::give_back) {}

    Account* account = nullptr;
    std::byte* payload = nullptr;  // where the headers end

    [[nodiscard]] static MbufBlock& of(rte_mbuf& mbuf);
    // The one behind a Buffer; null if its memory is not an mbuf of ours.
    [[nodiscard]] static MbufBlock* of(const Buffer& buffer) {
        BufferBlock* const block = buffer.block();
        if (block == nullptr || block->recycle != &MbufBlock::give_back) return nullptr;
        return static_cast<MbufBlock*>(block);
    }
    [[nodiscard]] rte_mbuf& mbuf();

private:
    static void give_back(BufferBlock& block) noexcept;
};

// Makes the first Buffer onto an mbuf that the caller has the only reference to.
[[nodiscard]] Buffer make_buffer(rte_mbuf& mbuf, std::byte* payload, std::uint32_t size,
                                 std::uint32_t capacity, Account& account);

}  // namespace mcast::dpdk
