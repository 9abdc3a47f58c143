#include "transports/dpdk/send_burst.hpp"

#include <rte_mbuf.h>

#include <cstring>

#include "transports/dpdk/mbuf_buffer.hpp"
#include "transports/dpdk/mbuf_pool.hpp"

namespace mcast::dpdk {

namespace {

// The datagram's own mbuf with one more reference, if its headers may be written now.
rte_mbuf* own_mbuf(const Buffer& buffer, std::size_t header_size) {
    MbufBlock* const block = MbufBlock::of(buffer);
    if (block == nullptr || buffer.data() != block->payload) return nullptr;
    rte_mbuf& mbuf = block->mbuf();
    if (static_cast<std::size_t>(block->payload - static_cast<std::byte*>(mbuf.buf_addr)) <
        header_size)
        return nullptr;
    // All Buffers together are one reference. Any other is a device that is still reading, or
    // another port whose node was given the very mbuf.
    if (rte_mbuf_refcnt_update(&mbuf, 1) == 2) return &mbuf;
    rte_mbuf_refcnt_update(&mbuf, -1);
    return nullptr;
}

void describe_offload(rte_mbuf& mbuf, const FrameTemplate& headers) {
    const bool ipv4 = headers.family() == Family::Ipv4;
    mbuf.ol_flags = (ipv4 ? RTE_MBUF_F_TX_IPV4 : RTE_MBUF_F_TX_IPV6) | RTE_MBUF_F_TX_UDP_CKSUM;
    mbuf.tx_offload = 0;
    mbuf.l2_len = headers.ethernet_size() & 0x7f;
    mbuf.l3_len = headers.ip_size() & 0x1ff;
}

}  // namespace

rte_mbuf* make_frame(const Buffer& buffer, const FrameTemplate& headers, const FrameStyle& style,
                     const MbufPool& pool, bool& copied) {
    const std::size_t header_size = headers.header_size();
    rte_mbuf* mbuf = own_mbuf(buffer, header_size);
    copied = mbuf == nullptr;
    std::byte* payload = buffer.data();
    if (copied) {
        mbuf = pool.allocate();
        if (mbuf == nullptr) return nullptr;
        payload = pool.payload(*mbuf);
        if (buffer.size() > 0) std::memcpy(payload, buffer.data(), buffer.size());
    }
    std::byte* const frame = payload - header_size;
    const std::size_t size = header_size + buffer.size();
    mbuf->data_off = static_cast<std::uint16_t>(frame - static_cast<std::byte*>(mbuf->buf_addr));
    mbuf->data_len = static_cast<std::uint16_t>(size);
    mbuf->pkt_len = static_cast<std::uint32_t>(size);
    mbuf->ol_flags = 0;  // of its arrival, if it was received
    mbuf->nb_segs = 1;
    mbuf->next = nullptr;
    // Identification 0: with DF set nobody looks at it (RFC 6864, 4.1).
    headers.write({frame, size}, 0, style.checksum);
    if (style.checksum == UdpChecksum::Device) describe_offload(*mbuf, headers);
    return mbuf;
}

void SendBurst::clear(std::size_t first) {
    for (std::size_t i = first; i < count_; ++i)
        rte_pktmbuf_free(frames_[i]);
    count_ = 0;
}

}  // namespace mcast::dpdk
