#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "mcast/peer.hpp"
#include "mcast/time.hpp"

// What publisher and receivers of a reliable stream tell each other: the structs of
// schemas/control.capnp. Sequences count the datagrams of the stream from 1.
namespace mcast::wire {

// From the publisher, to all that follow the stream or to one receiver alone.
struct Heartbeat {
    std::uint64_t topic = 0;
    std::uint64_t next = 1;       // of the next datagram: all before it were sent
    std::uint64_t oldest = 1;     // still held for repair; next if there is none
    std::uint64_t begin = 0;      // to one alone: the first that it is to have; 0: not told
    std::uint16_t skip = 0;       // messages at the start of `begin` that it is not to have
    std::uint16_t receivers = 0;  // that follow the stream; 65535: or more
    bool lagged = false;          // to one alone: it is no longer waited for
    std::uint64_t token = 0;      // of the NAK or report that this answers; 0: none
};

struct SequenceRange {
    std::uint64_t first = 0;
    std::uint32_t count = 0;

    [[nodiscard]] std::uint64_t last() const { return first + count - 1; }
    friend bool operator==(const SequenceRange&, const SequenceRange&) = default;
};

inline constexpr std::size_t kNakRangesMax = 64;

// From a receiver: send these again. One to kNakRangesMax ranges, ascending and disjoint; none is
// empty, begins at 0 or ends beyond 2^64 - 1.
struct Nak {
    PeerId publisher;
    std::uint64_t topic = 0;
    std::span<const SequenceRange> missing;
    std::uint64_t token = 0;  // comes back in the heartbeat that answers
};

// From a receiver: what of the stream is here. Counts are since it joined the stream, `overruns`
// since its node was opened.
struct ReceiverReport {
    PeerId publisher;
    std::uint64_t topic = 0;
    std::uint64_t next = 0;      // all before it were delivered or given up; 0: not begun
    std::uint64_t limit = 0;     // sequences below it are taken; at least next
    std::uint64_t newest = 0;    // that it knows of
    std::uint64_t missed = 0;    // datagrams that it had to ask for
    std::uint64_t lost = 0;      // … that it gave up
    std::uint64_t overruns = 0;  // … that kernel or device dropped on its host
    bool joining = false;        // asks where to begin
    WallTime echo{};             // sent_at of the newest datagram that was no repair; 0: none
    Duration echo_delay{};       // from its arrival to this report; not negative
    std::uint64_t token = 0;     // comes back in the heartbeat that answers
};

// Bytes of the framed message; write_…() needs them.
inline constexpr std::size_t kHeartbeatSize = 64;
[[nodiscard]] constexpr std::size_t nak_size(std::size_t range_count) {
    return 56 + 16 * range_count;
}
inline constexpr std::size_t kNakSizeMax = nak_size(kNakRangesMax);
inline constexpr std::size_t kReceiverReportSize = 112;

// Write a framed message at the start of `room` (8-byte aligned) and return its size in bytes; 0 if
// it does not fit or is not one that the readers below accept. No heap.
[[nodiscard]] std::size_t write_heartbeat(std::span<std::byte> room, const Heartbeat& heartbeat);
[[nodiscard]] std::size_t write_nak(std::span<std::byte> room, const Nak& nak);
[[nodiscard]] std::size_t write_receiver_report(std::span<std::byte> room,
                                                const ReceiverReport& report);

// Where the ranges of a NAK that is read are listed.
using RangeRoom = std::array<SequenceRange, kNakRangesMax>;

// Read one framed message (8-byte aligned) where it lies; nothing if it is malformed: it does not
// decode, has more than one segment, or its fields contradict each other. Sure afterwards:
// publisher and topic are not 0; of a heartbeat 1 ≤ oldest ≤ next and begin ≤ next; of a NAK what
// is said above; of a report next ≤ limit and echo_delay ≥ 0. No heap unless it is malformed, and
// no exception. The ranges end with `room`.
[[nodiscard]] std::optional<Heartbeat> read_heartbeat(std::span<const std::byte> frame);
[[nodiscard]] std::optional<Nak> read_nak(std::span<const std::byte> frame, RangeRoom& room);
[[nodiscard]] std::optional<ReceiverReport> read_receiver_report(std::span<const std::byte> frame);

}  // namespace mcast::wire
