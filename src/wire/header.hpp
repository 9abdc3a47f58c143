#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>

#include "mcast/peer.hpp"
#include "mcast/stats.hpp"
#include "mcast/time.hpp"

namespace mcast::wire {

// The fields are laid over the bytes as they are: Cap'n Proto is little-endian.
static_assert(std::endian::native == std::endian::little, "libmcast needs a little-endian machine");

inline constexpr std::size_t kHeaderSize = 64;      // as we write it, framing included
inline constexpr std::size_t kHeaderSizeMax = 256;  // as we read it from a newer writer
inline constexpr std::uint32_t kMagic = 0x5453434d;
inline constexpr std::uint8_t kVersion = 1;
inline constexpr std::size_t kMessageSizeMin = 16;  // a segment table and a root pointer

enum class DatagramKind : std::uint8_t {
    Data = 0,
    Fragment = 1,
    Announce = 2,
    Bye = 3,
    Ping = 4,
    Pong = 5,
    Heartbeat = 6,
    Nak = 7,
    ReceiverReport = 8,
    Parity = 9,
    RelayHello = 10,
};

inline constexpr std::uint8_t kFlagExpress = 0x01;
inline constexpr std::uint8_t kFlagSealed = 0x02;
inline constexpr std::uint8_t kFlagRepair = 0x04;    // sent again because somebody missed it
inline constexpr std::uint8_t kFlagReliable = 0x08;  // the publisher answers a NAK for it

// By these bits a relay finds the peer that a datagram to the relay's own address is for. Peers
// that share them get each other's as well, and leave out what is not theirs.
[[nodiscard]] constexpr std::uint16_t receiver_tag(PeerId peer) {
    const auto bits = static_cast<std::uint16_t>(peer.value);
    return bits != 0 ? bits : std::uint16_t{1};
}

// What every datagram begins with; the fields are those of `Datagram` in schemas/wire.capnp.
struct Header {
    DatagramKind kind = DatagramKind::Data;  // may be one without a name, from a newer writer
    std::uint8_t flags = 0;
    std::uint8_t hops = 0;
    std::uint16_t message_count = 0;
    std::uint16_t receiver = 0;  // receiver_tag() of the peer that a unicast is for; 0: not said
    std::uint32_t domain = 0;
    PeerId origin;
    std::uint64_t topic = 0;
    std::uint64_t sequence = 0;
    WallTime sent_at{};
};

namespace layout {
// Bytes from the start of the datagram. Two words of framing come before the struct.
inline constexpr std::size_t kMagicAt = 16;
inline constexpr std::size_t kVersionAt = 20;
inline constexpr std::size_t kKindAt = 21;
inline constexpr std::size_t kFlagsAt = 22;
inline constexpr std::size_t kHopsAt = 23;
inline constexpr std::size_t kOriginAt = 24;
inline constexpr std::size_t kDomainAt = 32;
inline constexpr std::size_t kMessageCountAt = 36;
inline constexpr std::size_t kReceiverAt = 38;
inline constexpr std::size_t kTopicAt = 40;
inline constexpr std::size_t kSequenceAt = 48;
inline constexpr std::size_t kSentAtAt = 56;

template <typename T>
void store(std::byte* to, std::size_t offset, T value) {
    std::memcpy(to + offset, &value, sizeof value);
}
template <typename T>
[[nodiscard]] T load(const std::byte* from, std::size_t offset) {
    T value;
    std::memcpy(&value, from + offset, sizeof value);
    return value;
}
}  // namespace layout

// Writes all 64 bytes.
inline void write_header(std::span<std::byte, kHeaderSize> bytes, const Header& header) {
    std::byte* const to = bytes.data();
    layout::store(to, 0, std::uint64_t{7} << 32);  // one segment of 7 words
    layout::store(to, 8, std::uint64_t{6} << 32);  // root: a struct of 6 data words, right behind
    layout::store(to, layout::kMagicAt, kMagic);
    layout::store(to, layout::kVersionAt, kVersion);
    layout::store(to, layout::kKindAt, header.kind);
    layout::store(to, layout::kFlagsAt, header.flags);
    layout::store(to, layout::kHopsAt, header.hops);
    layout::store(to, layout::kOriginAt, header.origin.value);
    layout::store(to, layout::kDomainAt, header.domain);
    layout::store(to, layout::kMessageCountAt, header.message_count);
    layout::store(to, layout::kReceiverAt, header.receiver);
    layout::store(to, layout::kTopicAt, header.topic);
    layout::store(to, layout::kSequenceAt, header.sequence);
    layout::store(to, layout::kSentAtAt, std::int64_t{header.sent_at.time_since_epoch().count()});
}

// Change one field of a header that write_header() wrote.
inline void set_message_count(std::byte* header, std::uint16_t message_count) {
    layout::store(header, layout::kMessageCountAt, message_count);
}
inline void set_receiver(std::byte* header, std::uint16_t receiver) {
    layout::store(header, layout::kReceiverAt, receiver);
}
inline void set_hops(std::byte* header, std::uint8_t hops) {
    layout::store(header, layout::kHopsAt, hops);
}
inline void set_sequence(std::byte* header, std::uint64_t sequence) {
    layout::store(header, layout::kSequenceAt, sequence);
}
inline void set_flags(std::byte* header, std::uint8_t flags) {
    layout::store(header, layout::kFlagsAt, flags);
}
// Sets these flags beside those that are set.
inline void add_flags(std::byte* header, std::uint8_t flags) {
    const auto before = layout::load<std::uint8_t>(header, layout::kFlagsAt);
    set_flags(header, static_cast<std::uint8_t>(before | flags));
}
inline void set_sent_at(std::byte* header, WallTime sent_at) {
    layout::store(header, layout::kSentAtAt, std::int64_t{sent_at.time_since_epoch().count()});
}

// A header, or the cause why there is none.
struct ParsedHeader {
    Header header;
    std::uint32_t size = 0;          // bytes of the header: where the first message begins
    std::optional<DropCause> cause;  // Foreign, OtherVersion or MalformedHeader

    explicit operator bool() const { return !cause; }
};

// Reads the header of a datagram of any origin. Of what a datagram claims, the following is sure
// afterwards: the origin is not 0, message_count messages of kMessageSizeMin could fit behind the
// header, and kinds other than Data that we know have exactly one. Domain, hops and unknown kinds
// are for the caller. Any alignment.
[[nodiscard]] ParsedHeader parse_header(std::span<const std::byte> datagram);

}  // namespace mcast::wire
