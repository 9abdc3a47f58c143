#include "transports/dpdk/mbuf_pool.hpp"

#include <rte_errno.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>

#include <algorithm>
#include <atomic>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "transports/dpdk/frame_layout.hpp"
#include "transports/dpdk/mbuf_buffer.hpp"
#include "transports/dpdk/turn.hpp"

namespace mcast::dpdk {

namespace {

constexpr std::string_view kNamePrefix = "mcast_mbufs_";
// The kernel keeps so many bytes before each frame that it puts into AF_XDP memory
// (XDP_PACKET_HEADROOM of linux/bpf.h).
constexpr std::size_t kXdpHeadroom = 256;
constexpr std::size_t kLine = 64;

// Pools whose port is gone. An mbuf may still be in a Buffer, or in the ring of another port.
struct RetiredPool {
    rte_mempool* pool;
    unsigned missing;
};
struct Retired {
    Turn turn;
    std::vector<RetiredPool> pools;
};

Retired& retired() {
    static auto* const only = new Retired;  // Buffers are dropped until the very end
    return *only;
}

void free_retired() {
    Retired& all = retired();
    const Turn::Hold hold(all.turn);
    std::erase_if(all.pools, [](const RetiredPool& retired_pool) {
        rte_mempool* const pool = retired_pool.pool;
        if (rte_mempool_avail_count(pool) + retired_pool.missing < pool->size) return false;
        rte_mempool_free(pool);
        return true;
    });
}

void make_block(rte_mempool*, void*, void* object, unsigned) {
    new (rte_mbuf_to_priv(static_cast<rte_mbuf*>(object))) MbufBlock;
}

std::string next_name() {
    static std::atomic<unsigned> count{0};
    return std::string(kNamePrefix) + std::to_string(count.fetch_add(1, std::memory_order_relaxed));
}

Error no_memory(const MbufPool::Shape& shape, std::size_t object_size) {
    const std::size_t megabytes = (shape.count * (object_size + kLine) >> 20) + 1;
    return {ErrorCode::LimitReached, rte_errno,
            "make " + std::to_string(shape.count) + " mbufs: " + rte_strerror(rte_errno) +
                "; they take " + std::to_string(megabytes) +
                " MB: raise memory_size of the first host that the process opens, or ask for "
                "fewer buffers"};
}

}  // namespace

Result<MbufPool> MbufPool::make(const Shape& shape) {
    free_retired();
    // Devices put a frame RTE_PKTMBUF_HEADROOM behind the start of the buffer, which follows the
    // private area: an odd size of that aligns the payload behind the headers. (rte_pktmbuf_pool_
    // create() asks for a multiple of 8 and so would misalign every one.)
    const std::size_t private_size =
        sizeof(MbufBlock) + aligned_frame_start(shape.header_size + RTE_PKTMBUF_HEADROOM);
    const std::size_t payload_at = RTE_PKTMBUF_HEADROOM + shape.header_size;
    const std::size_t room =
        (RTE_PKTMBUF_HEADROOM + kXdpHeadroom +
         std::max<std::size_t>({shape.frame_max, shape.header_size + shape.datagram_max, 2048}) +
         kLine) /
        kLine * kLine;
    if (room > UINT16_MAX)
        return Error{ErrorCode::InvalidArgument, EINVAL,
                     "an mbuf cannot hold a frame of " + std::to_string(shape.frame_max) +
                         " bytes; lower the mtu"};
    const std::size_t object = sizeof(rte_mbuf) + private_size + room;
    // No cache: it works for lcores only, and our threads are the application's.
    rte_mempool* const pool = rte_mempool_create_empty(
        next_name().c_str(), static_cast<unsigned>(shape.count), static_cast<unsigned>(object), 0,
        sizeof(rte_pktmbuf_pool_private), SOCKET_ID_ANY,
        shape.across_pages ? RTE_MEMPOOL_F_NO_IOVA_CONTIG : 0);
    if (pool == nullptr) return no_memory(shape, object);
    rte_pktmbuf_pool_private head{};
    head.mbuf_data_room_size = static_cast<std::uint16_t>(room);
    head.mbuf_priv_size = static_cast<std::uint16_t>(private_size);
    // The mbuf that came back last goes out first: it is in the cache still. The default, a ring,
    // goes through all of them, and each is read from memory. Its driver may not be linked.
    int result = rte_mempool_set_ops_byname(pool, "stack", nullptr);
    if (result != 0) result = rte_mempool_set_ops_byname(pool, "ring_mp_mc", nullptr);
    if (result == 0) {
        rte_pktmbuf_pool_init(pool, &head);
        result = rte_mempool_populate_default(pool);
    }
    if (result < 0) {
        rte_errno = -result;
        rte_mempool_free(pool);
        return no_memory(shape, object);
    }
    rte_mempool_obj_iter(pool, rte_pktmbuf_init, nullptr);
    rte_mempool_obj_iter(pool, make_block, nullptr);
    return MbufPool(pool, payload_at);
}

MbufPool::~MbufPool() {
    if (pool_ == nullptr) return;
    {
        const Turn::Hold hold(retired().turn);
        retired().pools.push_back({pool_, missing_});
    }
    free_retired();
}

void MbufPool::forget_missing() {
    unsigned held = 0;
    rte_mempool_obj_iter(
        pool_,
        [](rte_mempool*, void* count, void* object, unsigned) {
            const MbufBlock& block = MbufBlock::of(*static_cast<rte_mbuf*>(object));
            if (block.references.load(std::memory_order_relaxed) > 0)
                ++*static_cast<unsigned*>(count);
        },
        &held);
    missing_ = pool_->size - rte_mempool_avail_count(pool_) - held;
}

rte_mbuf* MbufPool::allocate() const {
    return rte_pktmbuf_alloc(pool_);
}

std::size_t MbufPool::allocate(std::span<rte_mbuf*> mbufs) const {
    if (rte_pktmbuf_alloc_bulk(pool_, mbufs.data(), static_cast<unsigned>(mbufs.size())) == 0)
        return mbufs.size();
    std::size_t count = 0;  // all or none was asked for; take what is left
    while (count < mbufs.size() && (mbufs[count] = allocate()) != nullptr)
        ++count;
    return count;
}

std::byte* MbufPool::payload(rte_mbuf& mbuf) const {
    return static_cast<std::byte*>(mbuf.buf_addr) + payload_at_;
}

std::size_t MbufPool::free_count() const {
    return rte_mempool_avail_count(pool_);
}

bool MbufPool::is_ours(const rte_mbuf& mbuf) const {
    return mbuf.pool == pool_ || std::string_view(mbuf.pool->name).starts_with(kNamePrefix);
}

}  // namespace mcast::dpdk
