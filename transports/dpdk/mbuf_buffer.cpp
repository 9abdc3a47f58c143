#include "transports/dpdk/mbuf_buffer.hpp"

#include <rte_mbuf.h>

namespace mcast::dpdk {

MbufBlock& MbufBlock::of(rte_mbuf& mbuf) {
    return *static_cast<MbufBlock*>(rte_mbuf_to_priv(&mbuf));
}

rte_mbuf& MbufBlock::mbuf() {
    // The private area follows the mbuf (rte_mbuf_to_priv).
    return *(reinterpret_cast<rte_mbuf*>(this) - 1);
}

void MbufBlock::give_back(BufferBlock& block) noexcept {
    auto& own = static_cast<MbufBlock&>(block);
    // First: behind the free the area may be another's already.
    Account& account = *own.account;
    rte_pktmbuf_free_seg(&own.mbuf());
    account.release();
}

Buffer make_buffer(rte_mbuf& mbuf, std::byte* payload, std::uint32_t size, std::uint32_t capacity,
                   Account& account) {
    MbufBlock& block = MbufBlock::of(mbuf);
    account.take();
    block.account = &account;
    block.payload = payload;
    // Relaxed: nobody else knows of the mbuf; whoever hands the Buffer to a thread synchronises.
    block.references.store(1, std::memory_order_relaxed);
    return {block, payload, size, capacity};
}

}  // namespace mcast::dpdk
