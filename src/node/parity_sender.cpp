#include "node/parity_sender.hpp"

#include <utility>

#include "protocol/limits.hpp"
#include "wire/header.hpp"
#include "wire/parity.hpp"

namespace mcast::detail {

ParitySender::ParitySender(Context& context, Outbound& outbound, PublisherStats& stats,
                           std::uint64_t topic_id, Parity plan)
    : context_(context),
      outbound_(outbound),
      stats_(stats),
      topic_id_(topic_id),
      encoder_(plan, context.transport().capabilities().datagram_max - wire::kParityOverhead) {}

void ParitySender::on_sent(std::uint64_t sequence, std::span<const std::byte> datagram,
                           std::span<const Target> targets) {
    grown_ = true;
    if (encoder_.on_datagram(sequence, datagram)) send_pieces(targets);
}

void ParitySender::on_turn(Instant now, std::span<const Target> targets) {
    if (std::exchange(grown_, false))
        flush_at_ = now + protocol::kParityQuiet;
    else if (deadline() <= now)
        send_pieces(targets);
}

void ParitySender::send_pieces(std::span<const Target> targets) {
    wire::Header header;
    header.kind = wire::DatagramKind::Parity;
    header.flags = wire::kFlagReliable;
    header.message_count = 1;
    header.domain = context_.domain;
    header.origin = context_.self;
    header.topic = topic_id_;
    header.sequence = encoder_.first();
    for (std::uint8_t index = 0; index < encoder_.piece_count(); ++index) {
        // Without a buffer the block has less parity: what it lacks is asked for.
        Buffer piece = outbound_.allocate();
        if (!piece) break;
        const std::size_t size = encoder_.write(
            index,
            std::span(piece.data() + wire::kHeaderSize, piece.capacity() - wire::kHeaderSize));
        if (size == 0) break;
        piece.resize(static_cast<std::uint32_t>(wire::kHeaderSize + size));
        wire::write_header(std::span<std::byte, wire::kHeaderSize>(piece.data(), wire::kHeaderSize),
                           header);
        for (const Target& target : targets)
            if (piece.size() <= target.datagram_max && outbound_.push(piece, target))
                ++stats_.parity;
    }
    encoder_.clear();
}

}  // namespace mcast::detail
