#include "tools/mcast/bench/raw_dpdk_port.hpp"

#include <rte_ethdev.h>
#include <rte_ip.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>
#include <rte_udp.h>
#include <rte_version.h>

#include <cstring>
#include <utility>

#include "mcast/dpdk.hpp"
#include "transports/dpdk/device_name.hpp"
#include "transports/dpdk/eal.hpp"
#include "transports/dpdk/ethernet_device.hpp"

namespace mcast::bench {
namespace {

constexpr std::uint16_t kDescriptors = 1024;  // as the transport asks for
// Enough for AF_XDP, which keeps two bursts of descriptors in its fill ring.
constexpr unsigned kMbufs = 8192;
constexpr unsigned kCache = 256;  // of a thread; half of RTE_MEMPOOL_CACHE_MAX_SIZE
constexpr std::uint32_t kMtu = 1500;
constexpr std::size_t kHeaders = sizeof(rte_ether_hdr) + sizeof(rte_ipv4_hdr) + sizeof(rte_udp_hdr);
// 239.255.75.75 and the next, as the raw sockets have; ports of their own.
constexpr std::uint32_t kDataGroup = RTE_IPV4(239, 255, 75, 75);
constexpr std::uint16_t kDataPort = 7500;

struct Headers {
    rte_ether_hdr ethernet;
    rte_ipv4_hdr ip;
    rte_udp_hdr udp;
};
static_assert(sizeof(Headers) == kHeaders);

std::uint32_t group_of(Role sender) {
    return kDataGroup + (sender == Role::Sender ? 0 : 1);
}
std::uint16_t port_of(Role sender) {
    return static_cast<std::uint16_t>(kDataPort + (sender == Role::Sender ? 0 : 1));
}
dpdk::MacAddress mac_of(std::uint32_t group) {
    return {{0x01, 0x00, 0x5e, static_cast<std::uint8_t>(group >> 16 & 0x7f),
             static_cast<std::uint8_t>(group >> 8), static_cast<std::uint8_t>(group)}};
}

Headers headers_for(const dpdk::MacAddress& own, Role role) {
    Headers headers{};
    const dpdk::MacAddress group = mac_of(group_of(role));
    std::memcpy(headers.ethernet.dst_addr.addr_bytes, group.bytes.data(), group.bytes.size());
    std::memcpy(headers.ethernet.src_addr.addr_bytes, own.bytes.data(), own.bytes.size());
    headers.ethernet.ether_type = rte_cpu_to_be_16(RTE_ETHER_TYPE_IPV4);
    headers.ip.version_ihl = RTE_IPV4_VHL_DEF;
    headers.ip.fragment_offset = rte_cpu_to_be_16(RTE_IPV4_HDR_DF_FLAG);
    headers.ip.time_to_live = 1;
    headers.ip.next_proto_id = IPPROTO_UDP;
    headers.ip.src_addr = rte_cpu_to_be_32(RTE_IPV4(10, 76, 0, role == Role::Sender ? 1 : 2));
    headers.ip.dst_addr = rte_cpu_to_be_32(group_of(role));
    headers.udp.src_port = rte_cpu_to_be_16(port_of(role));
    headers.udp.dst_port = rte_cpu_to_be_16(port_of(role));
    return headers;
}

Error failed(const std::string& step) {
    return {ErrorCode::System, rte_errno, "raw DPDK: " + step + ": " + rte_strerror(rte_errno)};
}

class Port final : public RawDpdkPort {
public:
    Port(dpdk::EthernetDevice device, rte_mempool* pool, Role role)
        : device_(std::move(device)),
          pool_(pool),
          headers_(headers_for(device_.mac(), role)),
          heard_port_(
              rte_cpu_to_be_16(port_of(role == Role::Sender ? Role::Receiver : Role::Sender))) {}
    // The pool stays until the process ends: the other port of a pair of rings may hold its mbufs.
    ~Port() override {
        rte_pktmbuf_free_bulk(arrived_.data(), static_cast<unsigned>(arrived_count_));
        rte_pktmbuf_free_bulk(stock_.data(), static_cast<unsigned>(stocked_));
        rte_pktmbuf_free_bulk(waiting_.data() + sent_,
                              static_cast<unsigned>(waiting_count_ - sent_));
        rte_thread_unregister();
    }

    bool link_up() const override { return device_.link_up(); }

    std::byte* begin_frame() override {
        if (waiting_count_ == kBurst) return nullptr;
        if (stocked_ == 0) {
            if (rte_pktmbuf_alloc_bulk(pool_, stock_.data(), kBurst) != 0) return nullptr;
            stocked_ = kBurst;
        }
        return rte_pktmbuf_mtod_offset(stock_[stocked_ - 1], std::byte*, kHeaders);
    }

    void end_frame(std::size_t payload_size) override {
        rte_mbuf* const mbuf = stock_[--stocked_];
        if (payload_size != headed_for_) head_for(payload_size);
        std::memcpy(rte_pktmbuf_mtod(mbuf, void*), &headers_, kHeaders);
        mbuf->data_len = static_cast<std::uint16_t>(kHeaders + payload_size);
        mbuf->pkt_len = mbuf->data_len;
        waiting_[waiting_count_++] = mbuf;
    }

    bool flush() override {
        if (waiting_count_ > sent_)
            sent_ += device_.send({waiting_.data() + sent_, waiting_count_ - sent_});
        if (sent_ < waiting_count_) return false;
        sent_ = waiting_count_ = 0;
        return true;
    }

    std::span<const std::span<const std::byte>> receive() override {
        rte_pktmbuf_free_bulk(arrived_.data(), static_cast<unsigned>(arrived_count_));
        arrived_count_ = device_.receive(arrived_);
        std::size_t count = 0;
        for (std::size_t i = 0; i < arrived_count_; ++i) {
            if (i + 1 < arrived_count_) rte_prefetch0(rte_pktmbuf_mtod(arrived_[i + 1], void*));
            const std::span<const std::byte> payload = payload_of(*arrived_[i]);
            if (!payload.empty()) payloads_[count++] = payload;
        }
        return {payloads_.data(), count};
    }

    std::uint64_t dropped() const override { return device_.dropped(); }

private:
    // Of frames of one size only the first costs a sum.
    void head_for(std::size_t payload_size) {
        headed_for_ = payload_size;
        const std::size_t udp_size = sizeof(rte_udp_hdr) + payload_size;
        headers_.udp.dgram_len = rte_cpu_to_be_16(static_cast<std::uint16_t>(udp_size));
        rte_ipv4_hdr ip = headers_.ip;  // an aligned copy
        ip.total_length =
            rte_cpu_to_be_16(static_cast<std::uint16_t>(sizeof(rte_ipv4_hdr) + udp_size));
        ip.hdr_checksum = 0;
        ip.hdr_checksum = rte_ipv4_cksum(&ip);
        headers_.ip = ip;
    }

    // Empty: none of ours.
    std::span<const std::byte> payload_of(const rte_mbuf& mbuf) const {
        if (mbuf.data_len < kHeaders) return {};
        const auto* const headers = rte_pktmbuf_mtod(&mbuf, const Headers*);
        if (headers->ethernet.ether_type != headers_.ethernet.ether_type ||
            headers->ip.version_ihl != RTE_IPV4_VHL_DEF ||
            headers->ip.next_proto_id != IPPROTO_UDP || headers->udp.dst_port != heard_port_)
            return {};
        const std::size_t size = rte_be_to_cpu_16(headers->udp.dgram_len);
        if (size < sizeof(rte_udp_hdr) || kHeaders - sizeof(rte_udp_hdr) + size > mbuf.data_len)
            return {};
        return {rte_pktmbuf_mtod_offset(&mbuf, const std::byte*, kHeaders),
                size - sizeof(rte_udp_hdr)};
    }

    dpdk::EthernetDevice device_;
    rte_mempool* pool_;
    Headers headers_;
    std::uint16_t heard_port_;
    std::size_t headed_for_ = 0;
    std::array<rte_mbuf*, kBurst> stock_{};
    std::size_t stocked_ = 0;
    std::array<rte_mbuf*, kBurst> waiting_{};
    std::size_t waiting_count_ = 0;
    std::size_t sent_ = 0;  // of those that wait
    std::array<rte_mbuf*, kBurst> arrived_{};
    std::size_t arrived_count_ = 0;
    Burst payloads_{};
};

Result<rte_mempool*> make_pool(const std::string& name) {
    rte_pktmbuf_pool_private shape{};
    shape.mbuf_data_room_size = RTE_MBUF_DEFAULT_BUF_SIZE;
    // Across the borders of pages: AF_XDP takes mbufs to lie side by side.
    rte_mempool* const pool =
        rte_mempool_create(name.c_str(), kMbufs, sizeof(rte_mbuf) + RTE_MBUF_DEFAULT_BUF_SIZE,
                           kCache, sizeof shape, rte_pktmbuf_pool_init, &shape, rte_pktmbuf_init,
                           nullptr, SOCKET_ID_ANY, RTE_MEMPOOL_F_NO_IOVA_CONTIG);
    if (pool == nullptr) return failed("make mbufs");
    return pool;
}

}  // namespace

Result<std::unique_ptr<RawDpdkPort>> RawDpdkPort::open(const std::string& device, Role role) {
    const dpdk::Options usual;
    if (auto started = dpdk::start_eal({usual.memory, usual.memory_size, false}); !started)
        return started.error();
    auto name = dpdk::DeviceName::parse(device);
    if (!name) return name.error();
    // The same arguments as the transport gives: one device, two ways to drive it.
    dpdk::complete_arguments(*name, kMtu + sizeof(rte_ether_hdr));
    auto opened = dpdk::EthernetDevice::open(*name, {kMtu, kDescriptors, kDescriptors});
    if (!opened) return opened.error();
    auto pool = make_pool(role == Role::Sender ? "bench_sender" : "bench_receiver");
    if (!pool) return pool.error();
    if (auto started = opened->start(**pool); !started) return started.error();
    const dpdk::MacAddress group =
        mac_of(group_of(role == Role::Sender ? Role::Receiver : Role::Sender));
    opened->filter_groups({&group, 1});
    // Such a thread has a cache of mbufs, as DPDK's own have.
    if (rte_thread_register() != 0) return failed("register the thread");
    return std::unique_ptr<RawDpdkPort>(std::make_unique<Port>(std::move(*opened), *pool, role));
}

std::string dpdk_version() {
    return rte_version();
}

}  // namespace mcast::bench
