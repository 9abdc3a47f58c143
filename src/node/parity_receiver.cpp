#include "node/parity_receiver.hpp"

#include <cstring>

namespace mcast::detail {

namespace {

// Recovered datagrams that may wait for their turn or be held by the program; what finds no room is
// asked for instead.
constexpr std::size_t kRecoveredMax = 256;

}  // namespace

ParityReceiver::ParityReceiver(Context& context, std::size_t streams)
    : context_(context),
      collectors_(streams),
      decoder_(context.transport().capabilities().datagram_max),
      pool_(kRecoveredMax, context.transport().capabilities().datagram_max,
            BufferPool::Pages::WhenUsed) {}

bool ParityReceiver::on_piece(std::size_t stream, const wire::ParsedHeader& parsed,
                              const Buffer& piece) {
    const auto parity = wire::parse_parity(piece.bytes().subspan(parsed.size));
    if (!parity) return false;
    return collectors_[stream].on_piece(parsed.header.sequence, *parity, piece) !=
           parity::PieceVerdict::Contradictory;
}

Buffer ParityReceiver::copy_of(std::span<const std::byte> datagram) {
    Buffer copy = pool_.allocate();
    if (!copy || datagram.size() > copy.capacity()) return {};
    copy.resize(static_cast<std::uint32_t>(datagram.size()));
    std::memcpy(copy.data(), datagram.data(), datagram.size());
    return copy;
}

}  // namespace mcast::detail
