#include "wire/header.hpp"

#include <chrono>

namespace mcast::wire {
namespace {

// What the fixed place of magic and version takes: whoever has these is one of us.
constexpr std::size_t kRecognisedSize = layout::kKindAt;
constexpr std::uint64_t kDataWordsMin = 6;

ParsedHeader refuse(DropCause cause) {
    ParsedHeader parsed;
    parsed.cause = cause;
    return parsed;
}

// Bytes that the header's message takes; 0 if its framing is not that of a Datagram.
std::size_t framing(std::span<const std::byte> datagram) {
    if (datagram.size() < kHeaderSize) return 0;
    const std::byte* const from = datagram.data();
    // One segment, whose root pointer is a struct pointer of offset 0: what Cap'n Proto writes for
    // a struct without pointers, and the only form in which the fields have a fixed place.
    if (layout::load<std::uint32_t>(from, 0) != 0) return 0;
    if (layout::load<std::uint32_t>(from, 8) != 0) return 0;
    const std::uint64_t words = layout::load<std::uint32_t>(from, 4);
    const std::uint64_t data_words = layout::load<std::uint16_t>(from, 12);
    const std::uint64_t pointers = layout::load<std::uint16_t>(from, 14);
    if (data_words < kDataWordsMin || 1 + data_words + pointers > words) return 0;
    const std::uint64_t size = 8 + 8 * words;
    return size <= kHeaderSizeMax && size <= datagram.size() ? static_cast<std::size_t>(size) : 0;
}

bool carries_one_message(DatagramKind kind) {
    return kind >= DatagramKind::Fragment && kind <= DatagramKind::RelayHello;
}

}  // namespace

ParsedHeader parse_header(std::span<const std::byte> datagram) {
    if (datagram.size() < kRecognisedSize) return refuse(DropCause::Foreign);
    const std::byte* const from = datagram.data();
    if (layout::load<std::uint32_t>(from, layout::kMagicAt) != kMagic)
        return refuse(DropCause::Foreign);
    if (layout::load<std::uint8_t>(from, layout::kVersionAt) != kVersion)
        return refuse(DropCause::OtherVersion);

    const std::size_t size = framing(datagram);
    if (size == 0) return refuse(DropCause::MalformedHeader);

    ParsedHeader parsed;
    parsed.size = static_cast<std::uint32_t>(size);
    Header& header = parsed.header;
    header.kind = layout::load<DatagramKind>(from, layout::kKindAt);
    header.flags = layout::load<std::uint8_t>(from, layout::kFlagsAt);
    header.hops = layout::load<std::uint8_t>(from, layout::kHopsAt);
    header.origin.value = layout::load<std::uint64_t>(from, layout::kOriginAt);
    header.domain = layout::load<std::uint32_t>(from, layout::kDomainAt);
    header.message_count = layout::load<std::uint16_t>(from, layout::kMessageCountAt);
    header.receiver = layout::load<std::uint16_t>(from, layout::kReceiverAt);
    header.topic = layout::load<std::uint64_t>(from, layout::kTopicAt);
    header.sequence = layout::load<std::uint64_t>(from, layout::kSequenceAt);
    header.sent_at = WallTime(Duration(layout::load<std::int64_t>(from, layout::kSentAtAt)));

    const std::size_t room = datagram.size() - size;
    if (!header.origin || header.message_count * kMessageSizeMin > room ||
        (carries_one_message(header.kind) && header.message_count != 1))
        parsed.cause = DropCause::MalformedHeader;
    return parsed;
}

}  // namespace mcast::wire
