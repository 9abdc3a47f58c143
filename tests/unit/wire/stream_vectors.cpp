#include <array>
#include <chrono>
#include <limits>

#include "mcast/topic.hpp"
#include "tests/support/reference_parity.hpp"
#include "vectors.hpp"
#include "wire/control.hpp"
#include "wire/parity.hpp"
#include "wire/stream_control.hpp"

namespace mcast::wire::test {
namespace {

constexpr PeerId kPublisher{0xfedcba9876543210};
constexpr std::uint64_t kLast = std::numeric_limits<std::uint64_t>::max();

std::uint64_t topic() {
    return topic_id("input", kBytesType);
}

Bytes heartbeat(const Heartbeat& message) {
    return one_message(DatagramKind::Heartbeat, control(write_heartbeat, message));
}

Bytes nak(std::span<const SequenceRange> missing) {
    const Nak message{kPublisher, topic(), missing, 0x0102030405060708};
    return one_message(DatagramKind::Nak, control(write_nak, message));
}

Bytes receiver_report() {
    ReceiverReport report;
    report.publisher = kPublisher;
    report.topic = topic();
    report.next = 1000;
    report.limit = 2024;
    report.newest = 1010;
    report.missed = 12;
    report.lost = 3;
    report.overruns = 4;
    report.echo = WallTime(Duration(1'700'000'000'123'000'000));
    report.echo_delay = std::chrono::microseconds(250);
    report.token = 0x1112131415161718;
    return one_message(DatagramKind::ReceiverReport, control(write_receiver_report, report));
}

Bytes joining_report() {
    ReceiverReport report;
    report.publisher = kPublisher;
    report.topic = topic();
    report.joining = true;
    return one_message(DatagramKind::ReceiverReport, control(write_receiver_report, report));
}

Bytes repair_datagram() {
    Bytes bytes = one_message(DatagramKind::Data, bytes_message("sent again"));
    set_flags(bytes.data(), kFlagReliable | kFlagRepair);
    return bytes;
}

Bytes reliable_announce() {
    const std::array topics{
        AnnouncedTopic{"input", kBytesType, Delivery::Reliable, true, false},
    };
    Announcement announcement;
    announcement.name = "living-room";
    announcement.topics = topics;
    return one_message(DatagramKind::Announce, control(write_announcement, announcement));
}

// One of two pieces of the block of the fragments.
Bytes parity(std::uint8_t index) {
    const std::vector<Bytes> block = fragment_datagrams();
    const Bytes data = mcast::test::reference_piece(block, index);
    const Parity message{static_cast<std::uint8_t>(block.size()), index, 2, data};
    return one_message(DatagramKind::Parity, control(write_parity, message));
}

// Places in the messages behind a header: framing takes two words.
constexpr std::size_t kFieldsAt = kHeaderSize + 16;
constexpr std::size_t field(std::size_t word) {
    return kFieldsAt + 8 * word;
}
// In a Nak: three words, the pointer, and a word that says what the list is of.
constexpr std::size_t kListPointerAt = field(3);
constexpr std::size_t kListTagAt = field(4);
constexpr std::size_t range_at(std::size_t index) {
    return field(5 + 2 * index);
}

// As many ranges as a NAK never has: one more than it may.
Bytes crowded_nak() {
    std::array<SequenceRange, kNakRangesMax> ranges;
    for (std::size_t i = 0; i < ranges.size(); ++i)
        ranges[i] = {10 * (i + 1), 1};
    Bytes bytes = nak(ranges);
    bytes.resize(bytes.size() + 16);
    const auto count = static_cast<std::uint32_t>(kNakRangesMax + 1);
    overwrite(bytes, kHeaderSize + 4, static_cast<std::uint32_t>((bytes.size() - 72) / 8));
    overwrite(bytes, kListPointerAt + 4, (2 * count) << 3 | 7);
    overwrite(bytes, kListTagAt, count << 2);
    overwrite(bytes, range_at(kNakRangesMax), std::uint64_t{10'000});
    overwrite(bytes, range_at(kNakRangesMax) + 8, std::uint32_t{1});
    return bytes;
}

void add_hostile_naks(std::vector<Vector>& to) {
    const auto add = [&](const char* name, const char* about, Bytes bytes) {
        to.push_back(
            {std::string("hostile-nak-") + name, about, "malformed-control", std::move(bytes)});
    };
    constexpr std::array kRanges{SequenceRange{5, 1}, SequenceRange{9, 3}};
    const Bytes good = nak(kRanges);
    add("publisher", "A NAK to nobody.", changed(good, field(0), std::uint64_t{0}));
    add("topic", "A NAK for topic 0.", changed(good, field(1), std::uint64_t{0}));
    add("none", "A NAK for nothing.", changed(good, kListPointerAt, std::uint64_t{0}));
    add("many", "A NAK of 65 ranges.", crowded_nak());
    add("zero", "A range from sequence 0.", changed(good, range_at(0), std::uint64_t{0}));
    add("empty", "An empty range.", changed(good, range_at(1) + 8, std::uint32_t{0}));
    add("overlap", "Two ranges that both have sequence 9.",
        changed(good, range_at(0) + 8, std::uint32_t{5}));
    add("order", "Ranges that descend.", changed(good, range_at(0), std::uint64_t{20}));
    add("overflow", "A range that ends beyond 2^64 - 1.",
        changed(good, range_at(1), std::uint64_t{kLast - 1}));
    add("pointer", "Ranges that lie beyond the message.",
        changed(good, kListPointerAt, std::uint32_t{0x7ffffffd}));
    // Structs of no size, of which any number fits.
    add("amplified", "A list of 2^29 - 1 ranges that take no space.",
        changed(changed(good, kListTagAt, std::uint64_t{0x1fffffff} << 2), kListPointerAt + 4,
                std::uint32_t{7}));
}

void add_hostile_parity(std::vector<Vector>& to) {
    const auto add = [&](const char* name, const char* about, Bytes bytes) {
        to.push_back(
            {std::string("hostile-parity-") + name, about, "malformed-message", std::move(bytes)});
    };
    const Bytes good = parity(1);
    constexpr std::size_t kPointerAt = field(1);
    add("count", "Parity of a block of no datagrams.", changed(good, field(0), std::uint8_t{0}));
    add("large", "Parity of a block of 65 datagrams.", changed(good, field(0), std::uint8_t{65}));
    add("index", "Piece 2 of 2, counted from 0.", changed(good, field(0) + 1, std::uint8_t{2}));
    add("pieces", "One of 17 pieces.", changed(good, field(0) + 2, std::uint8_t{17}));
    add("short", "Parity that is shorter than a header.",
        changed(good, kPointerAt + 4, std::uint32_t{65 << 3 | 2}));
    add("length", "Parity of 2^29 - 1 bytes.",
        changed(good, kPointerAt + 4, std::uint32_t{0xfffffffa}));
    add("pointer", "Parity that lies before the datagram.",
        changed(good, kPointerAt, std::uint32_t{0x80000001}));
}

}  // namespace

std::vector<Vector> make_stream_vectors() {
    constexpr std::array kRanges{SequenceRange{5, 1}, SequenceRange{6, 2},
                                 SequenceRange{kLast - 0xffffffff + 1, 0xffffffff}};
    return {
        {"data-repair", "A datagram of a reliable stream that is sent again.", "ok",
         repair_datagram()},
        {"announce-reliable", "An announcement of a reliable topic.", "ok", reliable_announce()},
        {"heartbeat", "A heartbeat to all: 42 is the next datagram, 7 the oldest held.", "ok",
         heartbeat({.topic = topic(), .next = 42, .oldest = 7, .receivers = 3})},
        {"heartbeat-begin", "A heartbeat to one receiver, with all that it is told alone.", "ok",
         heartbeat({topic(), 42, 7, 9, 2, 65535, true, 0x1112131415161718})},
        {"nak", "A NAK of three ranges: neighbours, and the largest that there is.", "ok",
         nak(kRanges)},
        {"receiver-report", "A report of a receiver in the middle of a stream.", "ok",
         receiver_report()},
        {"receiver-report-joining", "A receiver asks where to begin.", "ok", joining_report()},
        {"parity-0", "Parity of the block of fragment-0, fragment-1 and fragment-2: first of two.",
         "ok", parity(0)},
        {"parity-1", "The second piece of the same block.", "ok", parity(1)},
    };
}

std::vector<Vector> make_hostile_stream_vectors() {
    std::vector<Vector> vectors;
    const auto add = [&](const char* name, const char* about, Bytes bytes) {
        vectors.push_back(
            {std::string("hostile-") + name, about, "malformed-control", std::move(bytes)});
    };
    const Bytes beat = heartbeat({topic(), 42, 7, 9, 0, 0, false, 0});
    vectors.push_back({"hostile-heartbeat-count", "A heartbeat of two messages.",
                       "malformed-header",
                       changed(beat, layout::kMessageCountAt, std::uint16_t{2})});
    add("heartbeat-topic", "A heartbeat of topic 0.", changed(beat, field(0), std::uint64_t{0}));
    add("heartbeat-next", "A heartbeat whose oldest datagram comes after its next.",
        changed(beat, field(1), std::uint64_t{6}));
    add("heartbeat-oldest", "A heartbeat that holds datagram 0.",
        changed(beat, field(2), std::uint64_t{0}));
    add("heartbeat-begin", "A heartbeat that begins after its next datagram.",
        changed(beat, field(3), std::uint64_t{43}));
    add_hostile_naks(vectors);

    const Bytes report = receiver_report();
    add("report-publisher", "A report to nobody.", changed(report, field(0), std::uint64_t{0}));
    add("report-topic", "A report of topic 0.", changed(report, field(1), std::uint64_t{0}));
    add("report-limit", "A report whose limit is before what it has.",
        changed(report, field(3), std::uint64_t{999}));
    add("report-delay", "A report that was made before the datagram came which it echoes.",
        changed(report, field(10), std::uint64_t{1} << 63));
    add_hostile_parity(vectors);
    return vectors;
}

}  // namespace mcast::wire::test
