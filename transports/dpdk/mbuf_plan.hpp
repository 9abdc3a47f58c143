#pragma once

#include <cstddef>
#include <cstdint>

#include "mcast/dpdk.hpp"
#include "mcast/result.hpp"

namespace mcast::dpdk {

// How many mbufs a port needs, so that whatever its users hold, its device never runs dry.
struct MbufPlan {
    static constexpr std::size_t kStock = 32;  // that a node keeps to write into next

    std::size_t receive_descriptors = 0;   // mbufs that wait in the device for frames
    std::size_t fill_ring = 0;             // and in the kernel's ring before it (AF_XDP)
    std::size_t transmit_descriptors = 0;  // that the device has not sent yet; resend copies too
    std::size_t burst = 0;                 // in our hands at a time
    std::size_t nodes_max = 0;
    std::size_t transmit_buffer_count = 0;  // of each node: written into
    std::size_t receive_buffer_count = 0;   // of each node: held, and as many waiting for it

    [[nodiscard]] std::size_t count() const {
        return receive_descriptors + fill_ring + transmit_descriptors + 2 * burst +
               nodes_max * (kStock + transmit_buffer_count + 2 * receive_buffer_count);
    }
};

// The count of the plan, or `wanted` if that is enough: with too few a driver starts and silently
// receives nothing.
[[nodiscard]] Result<std::size_t> mbuf_count(const MbufPlan& plan, std::size_t wanted);

}  // namespace mcast::dpdk
