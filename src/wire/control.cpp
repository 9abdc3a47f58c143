#include "wire/control.hpp"

#include <control.capnp.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <limits>

#include "base/utf8.hpp"
#include "wire/control_message.hpp"

namespace mcast::wire {
namespace {

static_assert(kFraming + struct_size<schema::Ping>() == kPingSize);

// Text ends with a zero byte on the wire; empty text is a null pointer.
std::size_t text_size(std::string_view text) {
    return text.empty() ? 0 : (text.size() / kWord + 1) * kWord;
}

bool is_text_within(std::string_view text, std::size_t size_max) {
    return text.size() <= size_max && is_plain_text(text);
}

bool is_valid(const AnnouncedTopic& topic) {
    return !topic.name.empty() && is_text_within(topic.name, kTopicNameMax);
}

// What can be said of an announcement without its topics.
bool is_valid(const Announcement& announcement) {
    return is_text_within(announcement.name, kPeerNameMax) &&
           is_text_within(announcement.software, kSoftwareNameMax) &&
           announcement.part < announcement.part_count &&
           announcement.part_count <= kAnnouncementPartsMax;
}

std::size_t size_without_topics(const Announcement& announcement) {
    return kFraming + struct_size<schema::Announce>() + text_size(announcement.name) +
           text_size(announcement.software);
}

std::size_t topic_size(const AnnouncedTopic& topic) {
    return struct_size<schema::Topic>() + text_size(topic.name);
}

void copy_text(std::string_view from, capnp::Text::Builder to) {
    std::memcpy(to.begin(), from.data(), from.size());
}

std::string_view view(capnp::Text::Reader text) {
    return {text.begin(), text.size()};
}

std::uint32_t to_milliseconds(Duration interval) {
    const auto count = std::chrono::ceil<std::chrono::milliseconds>(interval).count();
    constexpr std::int64_t kMax = std::numeric_limits<std::uint32_t>::max();
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(count, 0, kMax));
}

void write_topic(const AnnouncedTopic& topic, schema::Topic::Builder to) {
    copy_text(topic.name, to.initName(static_cast<unsigned>(topic.name.size())));
    to.setTypeId(topic.type_id);
    to.setDelivery(static_cast<schema::Delivery>(topic.delivery));
    to.setPublishes(topic.publishes);
    to.setSubscribes(topic.subscribes);
}

std::optional<Delivery> read_delivery(schema::Delivery delivery) {
    switch (delivery) {
        case schema::Delivery::BEST_EFFORT:
            return Delivery::BestEffort;
        case schema::Delivery::LATEST:
            return Delivery::Latest;
        case schema::Delivery::RELIABLE:
            return Delivery::Reliable;
    }
    return std::nullopt;
}

// How many topics were put into `room`; nothing if one of them is malformed.
std::optional<std::size_t> read_topics(capnp::List<schema::Topic>::Reader topics, TopicRoom& room) {
    if (topics.size() > room.size()) return std::nullopt;
    std::size_t count = 0;
    for (const schema::Topic::Reader from : topics) {
        AnnouncedTopic& topic = room[count];
        topic = {view(from.getName()), from.getTypeId(), Delivery::BestEffort, from.getPublishes(),
                 from.getSubscribes()};
        if (!is_valid(topic)) return std::nullopt;
        const std::optional<Delivery> delivery = read_delivery(from.getDelivery());
        if (!delivery) continue;
        topic.delivery = *delivery;
        ++count;
    }
    return count;
}

}  // namespace

std::size_t announcement_size(const Announcement& announcement) {
    std::size_t size = size_without_topics(announcement);
    // A list of structs begins with a word that says how large they are.
    if (!announcement.topics.empty()) size += kWord;
    for (const AnnouncedTopic& topic : announcement.topics)
        size += topic_size(topic);
    return size;
}

std::size_t bye_size(const Bye& bye) {
    return kFraming + struct_size<schema::Bye>() + text_size(bye.reason);
}

std::size_t topics_that_fit(std::size_t room, const Announcement& announcement,
                            std::span<const AnnouncedTopic> topics) {
    std::size_t size = size_without_topics(announcement) + kWord;
    const std::size_t count_max = std::min(topics.size(), kTopicsPerAnnouncementMax);
    for (std::size_t count = 0; count < count_max; ++count) {
        size += topic_size(topics[count]);
        if (size > room) return count;
    }
    return count_max;
}

std::size_t write_announcement(std::span<std::byte> room, const Announcement& announcement) {
    const std::span<const AnnouncedTopic> topics = announcement.topics;
    if (!is_valid(announcement) || topics.size() > kTopicsPerAnnouncementMax) return 0;
    for (const AnnouncedTopic& topic : topics)
        if (!is_valid(topic)) return 0;

    const auto fill = [&](schema::Announce::Builder root) {
        root.setIntervalMs(to_milliseconds(announcement.interval));
        root.setRevision(announcement.revision);
        root.setPart(announcement.part);
        root.setPartCount(announcement.part_count);
        root.setWantsReply(announcement.wants_reply);
        if (const std::string_view name = announcement.name; !name.empty())
            copy_text(name, root.initName(static_cast<unsigned>(name.size())));
        if (const std::string_view software = announcement.software; !software.empty())
            copy_text(software, root.initSoftware(static_cast<unsigned>(software.size())));
        if (topics.empty()) return;
        auto list = root.initTopics(static_cast<unsigned>(topics.size()));
        for (unsigned i = 0; i < topics.size(); ++i)
            write_topic(topics[i], list[i]);
    };
    return write_control<schema::Announce>(room, announcement_size(announcement), fill);
}

std::size_t write_bye(std::span<std::byte> room, const Bye& bye) {
    if (!is_text_within(bye.reason, kByeReasonMax)) return 0;
    return write_control<schema::Bye>(room, bye_size(bye), [&](schema::Bye::Builder root) {
        if (bye.reason.empty()) return;
        copy_text(bye.reason, root.initReason(static_cast<unsigned>(bye.reason.size())));
    });
}

std::size_t write_ping(std::span<std::byte> room, const Ping& ping) {
    return write_control<schema::Ping>(
        room, kPingSize, [&](schema::Ping::Builder root) { root.setToken(ping.token); });
}

std::size_t write_pong(std::span<std::byte> room, const Ping& pong) {
    return write_control<schema::Pong>(
        room, kPingSize, [&](schema::Pong::Builder root) { root.setToken(pong.token); });
}

std::optional<Announcement> read_announcement(std::span<const std::byte> frame, TopicRoom& room) {
    const auto decode = [&](schema::Announce::Reader root) -> std::optional<Announcement> {
        Announcement announcement;
        announcement.name = view(root.getName());
        announcement.software = view(root.getSoftware());
        announcement.interval = std::chrono::milliseconds(root.getIntervalMs());
        announcement.revision = root.getRevision();
        announcement.part = root.getPart();
        announcement.part_count = root.getPartCount();
        announcement.wants_reply = root.getWantsReply();
        if (!is_valid(announcement)) return std::nullopt;
        const std::optional<std::size_t> count = read_topics(root.getTopics(), room);
        if (!count) return std::nullopt;
        announcement.topics = std::span(room).first(*count);
        return announcement;
    };
    return read_control<schema::Announce>(frame, decode);
}

std::optional<Bye> read_bye(std::span<const std::byte> frame) {
    return read_control<schema::Bye>(frame, [](schema::Bye::Reader root) -> std::optional<Bye> {
        const Bye bye{view(root.getReason())};
        if (!is_text_within(bye.reason, kByeReasonMax)) return std::nullopt;
        return bye;
    });
}

std::optional<Ping> read_ping(std::span<const std::byte> frame) {
    return read_control<schema::Ping>(frame, [](schema::Ping::Reader root) -> std::optional<Ping> {
        return Ping{root.getToken()};
    });
}

std::optional<Ping> read_pong(std::span<const std::byte> frame) {
    return read_control<schema::Pong>(frame, [](schema::Pong::Reader root) -> std::optional<Ping> {
        return Ping{root.getToken()};
    });
}

}  // namespace mcast::wire
