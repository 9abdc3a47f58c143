// The message behind a header of a control kind, through each of the readers.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "mcast/assert.hpp"
#include "wire/control.hpp"

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

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto frame = std::as_bytes(std::span(data, size));
    check_announcement(frame);
    check_bye(frame);
    static_cast<void>(read_ping(frame));
    static_cast<void>(read_pong(frame));
    return 0;
}
