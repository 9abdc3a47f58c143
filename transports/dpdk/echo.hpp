#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/token_bucket.hpp"
#include "mcast/time.hpp"
#include "transports/dpdk/control_frame.hpp"
#include "transports/dpdk/frame_parser.hpp"

namespace mcast::dpdk {

// Pings are answered so often at most; what is beyond is dropped and counted.
inline constexpr std::uint32_t kEchoBurst = 20;
inline constexpr Duration kEchoInterval = std::chrono::milliseconds(10);

// Answers `ping` (RFC 792, RFC 4443), so that a host on DPDK can be looked for as any other.
class EchoResponder {
public:
    explicit EchoResponder(const Station& station);

    // Whether a parsed frame is an echo request; the caller makes sure that it came to an address
    // of ours and not to a group.
    [[nodiscard]] static bool is_request(const ParsedFrame& frame);
    // Writes the answer to an echo request and returns its size; 0: too many, or too long for
    // `frame`.
    std::size_t write_reply(Instant now, const ParsedFrame& request, std::span<std::byte> frame);

    [[nodiscard]] std::uint64_t answered() const { return answered_; }
    [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

private:
    Station station_;
    TokenBucket budget_;
    std::uint64_t answered_ = 0;
    std::uint64_t dropped_ = 0;
};

}  // namespace mcast::dpdk
