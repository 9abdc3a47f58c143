// The message behind a header of a control kind, through each of the readers.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "mcast/assert.hpp"
#include "wire/control.hpp"
#include "wire/stream_control.hpp"

using namespace mcast::wire;

namespace {

bool equal(const AnnouncedTopic& a, const AnnouncedTopic& b) {
    return a.name == b.name && a.type_id == b.type_id && a.delivery == b.delivery &&
           a.publishes == b.publishes && a.subscribes == b.subscribes;
}

bool equal(const Announcement& a, const Announcement& b) {
    return a.name == b.name && a.software == b.software && a.interval == b.interval &&
           a.revision == b.revision && a.part == b.part && a.part_count == b.part_count &&
           a.wants_reply == b.wants_reply &&
           std::equal(a.topics.begin(), a.topics.end(), b.topics.begin(), b.topics.end(),
                      [](const auto& x, const auto& y) { return equal(x, y); });
}

// What is accepted keeps the limits that the writer keeps too, and survives being written again.
void check_announcement(std::span<const std::byte> frame) {
    TopicRoom topics;
    const auto read = read_announcement(frame, topics);
    if (!read) return;
    std::vector<std::byte> room(announcement_size(*read));
    const std::size_t size = write_announcement(room, *read);
    MCAST_ASSERT(size == room.size(), "what is read can be written");
    TopicRoom topics_again;
    const auto again = read_announcement(room, topics_again);
    MCAST_ASSERT(again && equal(*read, *again), "an announcement is the same again");
}

void check_bye(std::span<const std::byte> frame) {
    const auto read = read_bye(frame);
    if (!read) return;
    std::vector<std::byte> room(bye_size(*read));
    MCAST_ASSERT(write_bye(room, *read) == room.size(), "what is read can be written");
    MCAST_ASSERT(read_bye(room).value().reason == read->reason, "a bye is the same again");
}

// What is written of what was read has our layout; from there on every byte is the same again.
void check_heartbeat(std::span<const std::byte> frame) {
    const auto read = read_heartbeat(frame);
    if (!read) return;
    MCAST_ASSERT(read->topic != 0 && read->oldest >= 1 && read->oldest <= read->next &&
                     read->begin <= read->next,
                 "a heartbeat keeps its order");
    alignas(8) std::array<std::byte, kHeartbeatSize> room;
    alignas(8) std::array<std::byte, kHeartbeatSize> room_again;
    MCAST_ASSERT(write_heartbeat(room, *read) == room.size(), "what is read can be written");
    MCAST_ASSERT(write_heartbeat(room_again, read_heartbeat(room).value()) == room.size(),
                 "what is written can be read");
    MCAST_ASSERT(room == room_again, "a heartbeat is the same again");
}

void check_nak(std::span<const std::byte> frame) {
    RangeRoom ranges;
    const auto read = read_nak(frame, ranges);
    if (!read) return;
    MCAST_ASSERT(!read->missing.empty() && read->missing.size() <= kNakRangesMax,
                 "a NAK keeps its limit");
    std::uint64_t before = 0;
    for (const SequenceRange& range : read->missing) {
        MCAST_ASSERT(range.first > before && range.last() >= range.first, "ranges ascend");
        before = range.last();
    }
    std::vector<std::byte> room(nak_size(read->missing.size()));
    MCAST_ASSERT(write_nak(room, *read) == room.size(), "what is read can be written");
    RangeRoom ranges_again;
    const auto again = read_nak(room, ranges_again);
    MCAST_ASSERT(again && again->publisher == read->publisher && again->topic == read->topic &&
                     again->token == read->token &&
                     std::ranges::equal(again->missing, read->missing),
                 "a NAK is the same again");
}

void check_receiver_report(std::span<const std::byte> frame) {
    const auto read = read_receiver_report(frame);
    if (!read) return;
    MCAST_ASSERT(read->publisher && read->topic != 0 && read->next <= read->limit &&
                     read->echo_delay >= mcast::Duration::zero(),
                 "a report keeps its order");
    alignas(8) std::array<std::byte, kReceiverReportSize> room;
    alignas(8) std::array<std::byte, kReceiverReportSize> room_again;
    MCAST_ASSERT(write_receiver_report(room, *read) == room.size(), "what is read can be written");
    MCAST_ASSERT(
        write_receiver_report(room_again, read_receiver_report(room).value()) == room.size(),
        "what is written can be read");
    MCAST_ASSERT(room == room_again, "a report is the same again");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto frame = std::as_bytes(std::span(data, size));
    check_announcement(frame);
    check_bye(frame);
    static_cast<void>(read_ping(frame));
    static_cast<void>(read_pong(frame));
    check_heartbeat(frame);
    check_nak(frame);
    check_receiver_report(frame);
    return 0;
}
