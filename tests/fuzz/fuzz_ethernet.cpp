// A frame from a device, whatever it holds; and what was understood, written and read again.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "mcast/assert.hpp"
#include "transports/dpdk/echo.hpp"
#include "transports/dpdk/frame_parser.hpp"
#include "transports/dpdk/frame_template.hpp"
#include "transports/dpdk/membership_query.hpp"
#include "transports/dpdk/neighbour_message.hpp"

using namespace mcast;
using namespace mcast::dpdk;

namespace {

const Station kStation{{{0x02, 0, 0, 0, 0, 0x01}}};

void check_inside(std::span<const std::byte> part, std::span<const std::byte> whole) {
    MCAST_ASSERT(
        part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size(),
        "what was read lies in its frame");
}

// The same datagram in a frame of ours is the same again.
void check_written_again(const ParsedFrame& parsed) {
    const FrameTemplate headers({.source_mac = parsed.source_mac,
                                 .destination_mac = parsed.destination_mac,
                                 .tag = std::uint16_t{7},
                                 .source = parsed.source,
                                 .destination = parsed.destination,
                                 .hop_limit = parsed.hop_limit});
    std::vector<std::byte> frame(headers.header_size());
    frame.insert(frame.end(), parsed.payload.begin(), parsed.payload.end());
    headers.write(frame, 1, UdpChecksum::Software);
    const ParsedFrame again = parse_frame(frame, {.vlan = 7});
    MCAST_ASSERT(again.kind == FrameKind::Udp, "what we write can be read");
    MCAST_ASSERT(again.source == parsed.source && again.destination == parsed.destination &&
                     again.source_mac == parsed.source_mac &&
                     again.destination_mac == parsed.destination_mac &&
                     again.hop_limit == parsed.hop_limit,
                 "and is from and to the same");
    MCAST_ASSERT(std::equal(again.payload.begin(), again.payload.end(), parsed.payload.begin(),
                            parsed.payload.end()),
                 "and says the same");
}

void check_control(const ParsedFrame& parsed) {
    static_cast<void>(read_neighbour_message(parsed));
    if (membership_message(parsed) == MembershipMessage::Query) {
        const MembershipQuery query = read_query(parsed, parsed.destination.address);
        for (std::size_t i = 0; query.fault == QueryFault::None && i < query.source_count; ++i)
            static_cast<void>(query.source(i));
    } else if (membership_message(parsed) == MembershipMessage::Report) {
        static_cast<void>(read_report_group(parsed));
    }
    if (!EchoResponder::is_request(parsed)) return;
    std::vector<std::byte> frame(1514);
    const std::size_t size = EchoResponder(kStation).write_reply(Instant(), parsed, frame);
    if (size == 0) return;
    const ParsedFrame reply = parse_frame(std::span(frame).first(size), {});
    // Who pings a group would be answered from there: that is for the caller to prevent.
    MCAST_ASSERT(reply || reply.cause == DropCause::BadSource, "a reply can be read");
}

}  // namespace

// One byte of choices, then the frame.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::uint8_t choices = data[0];
    const auto frame = std::as_bytes(std::span(data + 1, size - 1));
    FrameFilter filter{.verify_udp_checksum = (choices & 1) == 0};
    if ((choices & 2) != 0) filter.vlan = std::uint16_t{7};
    if ((choices & 4) != 0) filter.mac = kStation.mac;
    DeviceVerdict device{.ipv4_checksum_good = (choices & 8) != 0,
                         .udp_checksum_good = (choices & 16) != 0};
    if ((choices & 32) != 0) device.tag = std::uint16_t{0x6007};
    const ParsedFrame parsed = parse_frame(frame, filter, device);
    MCAST_ASSERT((parsed.cause == DropCause::None) == static_cast<bool>(parsed),
                 "what is dropped has a cause, and nothing else has");
    if (!parsed) return 0;
    check_inside(parsed.payload, frame);
    if (parsed.kind == FrameKind::Udp)
        check_written_again(parsed);
    else
        check_control(parsed);
    return 0;
}
