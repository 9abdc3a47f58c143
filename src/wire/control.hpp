#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "mcast/options.hpp"
#include "mcast/time.hpp"
#include "mcast/topic.hpp"

namespace mcast::wire {

// Limits of control messages; what exceeds them is malformed.
inline constexpr std::size_t kTopicsPerAnnouncementMax = 64;
inline constexpr std::size_t kAnnouncementPartsMax = 64;
inline constexpr std::size_t kSoftwareNameMax = 63;  // bytes
inline constexpr std::size_t kByeReasonMax = 255;    // bytes

// The structs of schemas/control.capnp. Views point into what was read, or to what is written.
struct AnnouncedTopic {
    std::string_view name;
    std::uint64_t type_id = 0;
    Delivery delivery = Delivery::BestEffort;
    bool publishes = false;
    bool subscribes = false;
};

struct Announcement {
    std::string_view name;
    std::string_view software;
    Duration interval{};  // whole milliseconds on the wire, rounded up
    std::uint32_t revision = 0;
    std::uint16_t part = 0;  // below part_count
    std::uint16_t part_count = 1;
    bool wants_reply = false;
    std::span<const AnnouncedTopic> topics;
};

struct Bye {
    std::string_view reason;
};

struct Ping {  // and Pong
    std::uint64_t token = 0;
};

// Bytes of the framed message; write_…() needs them.
[[nodiscard]] std::size_t announcement_size(const Announcement& announcement);
[[nodiscard]] std::size_t bye_size(const Bye& bye);
inline constexpr std::size_t kPingSize = 24;

// How many of `topics`, from the first, one announcement of at most `room` bytes can carry beside
// the other fields; at most kTopicsPerAnnouncementMax.
[[nodiscard]] std::size_t topics_that_fit(std::size_t room, const Announcement& announcement,
                                          std::span<const AnnouncedTopic> topics);

// Write a framed message at the start of `room` (8-byte aligned) and return its size in bytes; 0 if
// it does not fit or breaks a limit. No heap. The rest of the room is left alone.
[[nodiscard]] std::size_t write_announcement(std::span<std::byte> room,
                                             const Announcement& announcement);
[[nodiscard]] std::size_t write_bye(std::span<std::byte> room, const Bye& bye);
[[nodiscard]] std::size_t write_ping(std::span<std::byte> room, const Ping& ping);
[[nodiscard]] std::size_t write_pong(std::span<std::byte> room, const Ping& pong);

// Where the topics of an announcement that is read are listed.
using TopicRoom = std::array<AnnouncedTopic, kTopicsPerAnnouncementMax>;

// Read one framed message (8-byte aligned) where it lies; nothing if it is malformed: it does not
// decode, has more than one segment, or breaks a limit. No heap unless it is malformed, and no
// exception. The views end with the frame, the topics with `room`. Topics with a delivery that this
// version does not know are left out.
[[nodiscard]] std::optional<Announcement> read_announcement(std::span<const std::byte> frame,
                                                            TopicRoom& room);
[[nodiscard]] std::optional<Bye> read_bye(std::span<const std::byte> frame);
[[nodiscard]] std::optional<Ping> read_ping(std::span<const std::byte> frame);
[[nodiscard]] std::optional<Ping> read_pong(std::span<const std::byte> frame);

}  // namespace mcast::wire
