// The packets of a datagram with whatever ends, size, TTL and MTU; put together again.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <vector>

#include "mcast/assert.hpp"
#include "tests/fuzz/input.hpp"
#include "transports/plain/raw_packet.hpp"

using namespace mcast;
using namespace mcast::plain;
using fuzz::Input;

namespace {

std::size_t number(const std::byte* at) {
    return static_cast<std::size_t>(at[0]) << 8 | static_cast<std::size_t>(at[1]);
}

Endpoint endpoint(Input& input, bool ipv6) {
    std::array<std::uint8_t, 16> bytes{};
    const auto taken = input.take(ipv6 ? 16 : 4);
    if (!taken.empty()) std::memcpy(bytes.data(), taken.data(), taken.size());
    const auto port = static_cast<std::uint16_t>(input.number());
    return {ipv6 ? Address::ipv6(bytes) : Address::ipv4(bytes[0], bytes[1], bytes[2], bytes[3]),
            port};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Input input(std::span(data, size));
    const std::uint8_t choices = input.byte();
    const std::size_t mtu = input.number();
    const std::size_t payload_size = input.number() + ((choices & 4) != 0 ? 1u : 0u);
    RawDatagram datagram;
    datagram.ttl = input.byte();
    datagram.source = endpoint(input, (choices & 1) != 0);
    datagram.destination = endpoint(input, (choices & 2) != 0);
    std::vector<std::byte> payload(payload_size);
    for (std::size_t i = 0; i < payload.size(); ++i)
        payload[i] = static_cast<std::byte>(i * 31 + choices);
    datagram.payload = payload;
    const auto packets = std::make_unique<std::array<RawPacket, kRawPacketsMax>>();
    const std::size_t count = write_packets(datagram, mtu, *packets);
    MCAST_ASSERT(count <= packets->size(), "no more than there is room for");
    const std::size_t ip_header = (choices & 1) != 0 ? 40 : 20;
    std::vector<std::byte> again;
    for (const RawPacket& packet : std::span(*packets).first(count)) {
        MCAST_ASSERT(packet.header_size >= ip_header && packet.header_size <= packet.header.size(),
                     "a packet has its header");
        MCAST_ASSERT(packet.header_size + packet.size <= mtu, "a packet fits the MTU");
        MCAST_ASSERT(packet.offset + packet.size <= payload.size(), "it is of the payload");
        again.insert(again.end(), packet.header.begin() + static_cast<std::ptrdiff_t>(ip_header),
                     packet.header.begin() + static_cast<std::ptrdiff_t>(packet.header_size));
        const auto part = std::span(payload).subspan(packet.offset, packet.size);
        again.insert(again.end(), part.begin(), part.end());
    }
    if (count == 0) return 0;
    MCAST_ASSERT(again.size() == 8 + payload.size(), "nothing is missing");
    MCAST_ASSERT(number(again.data()) == datagram.source.port &&
                     number(again.data() + 2) == datagram.destination.port &&
                     number(again.data() + 4) == again.size(),
                 "the datagram says from where to where it is, and how long");
    MCAST_ASSERT(std::equal(payload.begin(), payload.end(), again.begin() + 8),
                 "and holds the payload");
    return 0;
}
