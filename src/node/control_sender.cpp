#include "node/control_sender.hpp"

#include <algorithm>

namespace mcast::detail {

Buffer ControlSender::begin(std::uint32_t datagram_max, std::span<std::byte>& room) {
    Buffer buffer = outbound_.allocate();
    if (!buffer) return buffer;
    const std::uint32_t end = std::min(buffer.capacity(), datagram_max);
    room = end <= wire::kHeaderSize
               ? std::span<std::byte>()
               : std::span(buffer.data() + wire::kHeaderSize, end - wire::kHeaderSize);
    return buffer;
}

void ControlSender::send(Buffer buffer, std::size_t size, wire::DatagramKind kind,
                         std::span<const Target> targets) {
    buffer.resize(static_cast<std::uint32_t>(wire::kHeaderSize + size));
    wire::Header header;
    header.kind = kind;
    header.message_count = 1;
    header.domain = context_.domain;
    header.origin = context_.self;
    header.sequence = next_sequence_++;
    header.sent_at = context_.host.clock->wall_now();
    wire::write_header(std::span<std::byte, wire::kHeaderSize>(buffer.data(), wire::kHeaderSize),
                       header);
    for (const Target& target : targets)
        outbound_.push(buffer, target);
}

}  // namespace mcast::detail
