#include "transports/dpdk/echo.hpp"

#include <cstring>

#include "transports/dpdk/frame_layout.hpp"
#include "transports/dpdk/network_order.hpp"

namespace mcast::dpdk {
namespace {

constexpr std::uint8_t kEchoRequest = 8;
constexpr std::uint8_t kEchoReply = 0;
constexpr std::uint8_t kEchoRequest6 = 128;
constexpr std::uint8_t kEchoReply6 = 129;
constexpr std::uint8_t kHopLimit = 64;  // RFC 1700's default

}  // namespace

EchoResponder::EchoResponder(const Station& station)
    : station_(station), budget_(kEchoBurst, kEchoInterval.count()) {}

bool EchoResponder::is_request(const ParsedFrame& frame) {
    if (frame.source.address.is_unspecified()) return false;
    if (frame.kind == FrameKind::Icmp) return load_16(frame.payload.data()) == kEchoRequest << 8;
    return frame.kind == FrameKind::Icmpv6 && load_16(frame.payload.data()) == kEchoRequest6 << 8;
}

std::size_t EchoResponder::write_reply(Instant now, const ParsedFrame& request,
                                       std::span<std::byte> frame) {
    const bool ipv4 = request.kind == FrameKind::Icmp;
    const ControlHeaders headers{.station = station_,
                                 .destination_mac = request.source_mac,
                                 .source = request.destination.address,
                                 .destination = request.source.address,
                                 .protocol = ipv4 ? kProtocolIcmp : kProtocolIcmpv6,
                                 .hop_limit = kHopLimit};
    if (headers.size() + request.payload.size() > frame.size() ||
        !budget_.take(now.time_since_epoch().count())) {
        ++dropped_;
        return 0;
    }
    std::byte* message = frame.data() + headers.size();
    std::memcpy(message, request.payload.data(), request.payload.size());
    store_8(message, ipv4 ? kEchoReply : kEchoReply6);
    ++answered_;
    return write_control_frame(frame, headers, request.payload.size());
}

}  // namespace mcast::dpdk
