#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "mcast/transport.hpp"
#include "transports/dpdk/frame_template.hpp"

struct rte_mbuf;

namespace mcast::dpdk {

class MbufPool;

// How the frames of a port are completed.
struct FrameStyle {
    UdpChecksum checksum = UdpChecksum::Software;
};

// An mbuf that holds the frame of one datagram, with a reference for the device; null: no mbuf is
// free for the copy that it takes. `copied`: the datagram's own mbuf could not be used, since its
// headers are read by somebody else still (the device after an earlier send, another node), or its
// memory is not an mbuf, or the slice begins within the payload.
[[nodiscard]] rte_mbuf* make_frame(const Buffer& buffer, const FrameTemplate& headers,
                                   const FrameStyle& style, const MbufPool& pool, bool& copied);

// Frames that are given to the device together, each for one datagram of a batch.
class SendBurst {
public:
    static constexpr std::size_t kMax = 32;  // more gain nothing; fewer cost a call each

    [[nodiscard]] bool full() const { return count_ == kMax; }
    [[nodiscard]] bool empty() const { return count_ == 0; }
    void add(rte_mbuf* frame, std::size_t index) {
        frames_[count_] = frame;
        indexes_[count_++] = index;
    }
    [[nodiscard]] std::span<rte_mbuf*> frames() { return {frames_.data(), count_}; }
    [[nodiscard]] std::size_t index(std::size_t i) const { return indexes_[i]; }
    // Gives back what the device did not take: all from `first` on.
    void clear(std::size_t first);

private:
    std::array<rte_mbuf*, kMax> frames_{};
    std::array<std::size_t, kMax> indexes_{};
    std::size_t count_ = 0;
};

}  // namespace mcast::dpdk
