#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "mcast/result.hpp"
#include "tools/mcast/bench/device.hpp"

namespace mcast::bench {

// A port of DPDK as the best program without a library drives it: bursts of 32 frames, written and
// read in their mbufs, by a thread that has an mbuf cache. Frames are UDP over IPv4 to a group,
// without UDP checksum (RFC 768 allows that).
class RawDpdkPort {
public:
    static constexpr std::size_t kBurst = 32;
    using Burst = std::array<std::span<const std::byte>, kBurst>;

    // `device`: as device_text() has it, or the name of a port. Of the calling thread from now on.
    // Sends to one group and receives from the other: the sender's data, the receiver's answers.
    [[nodiscard]] static Result<std::unique_ptr<RawDpdkPort>> open(const std::string& device,
                                                                   Role role);
    virtual ~RawDpdkPort() = default;
    RawDpdkPort(const RawDpdkPort&) = delete;
    RawDpdkPort& operator=(const RawDpdkPort&) = delete;

    [[nodiscard]] virtual bool link_up() const = 0;
    // Room for the payload of another frame; null while a burst is waiting, or no mbuf is free.
    [[nodiscard]] virtual std::byte* begin_frame() = 0;
    // The frame is complete and waits for flush().
    virtual void end_frame(std::size_t payload_size) = 0;
    // False: the device is busy, and some frames wait still.
    virtual bool flush() = 0;
    // Payloads that have arrived; they are there until the next call.
    [[nodiscard]] virtual std::span<const std::span<const std::byte>> receive() = 0;
    // Frames that the device had to drop, as far as it knows.
    [[nodiscard]] virtual std::uint64_t dropped() const = 0;

protected:
    RawDpdkPort() = default;
};

// Two ports of this process that are rings: what the one sends arrives at the other. Made by the
// first call, for good; the name of a role's port.
[[nodiscard]] Result<std::string> ring_port(Role role);

// "DPDK 22.11.11"
[[nodiscard]] std::string dpdk_version();

}  // namespace mcast::bench
