#include "wire/control.hpp"

#include <capnp/message.h>
#include <capnp/serialize.h>
#include <control.capnp.h>
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "mcast/message.hpp"
#include "tests/support/allocation_count.hpp"
#include "vectors.hpp"

namespace mcast::wire::test {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

std::string_view view(capnp::Text::Reader text) {
    return {text.begin(), text.size()};
}

Bytes flatten(capnp::MessageBuilder& builder) {
    const auto words = capnp::messageToFlatArray(builder);
    const auto bytes = std::as_bytes(std::span(words.begin(), words.size()));
    return {bytes.begin(), bytes.end()};
}

// An announcement as the generated code writes it, after `change`.
template <typename Change>
Bytes announced(Change&& change) {
    capnp::MallocMessageBuilder builder;
    auto root = builder.initRoot<schema::Announce>();
    root.setName("pad");
    root.setPartCount(1);
    change(root);
    return flatten(builder);
}

bool is_read(const Bytes& frame) {
    TopicRoom room;
    return read_announcement(frame, room).has_value();
}

template <typename Change>
bool accepted(Change&& change) {
    return is_read(announced(change));
}

TEST(Control, AnnouncementIsReadByTheGeneratedCode) {
    const Bytes message = announce_message();
    mcast::detail::FrameReader reader(message);
    const auto root = reader.getRoot<schema::Announce>();
    EXPECT_EQ(view(root.getName()), "living-room");
    EXPECT_EQ(view(root.getSoftware()), "libmcast 0.1.0");
    EXPECT_EQ(root.getIntervalMs(), 1000u);
    EXPECT_EQ(root.getRevision(), 7u);
    EXPECT_EQ(root.getPart(), 1);
    EXPECT_EQ(root.getPartCount(), 3);
    EXPECT_TRUE(root.getWantsReply());
    const auto topics = root.getTopics();
    ASSERT_EQ(topics.size(), 3u);
    EXPECT_EQ(view(topics[0].getName()), "world");
    EXPECT_EQ(topics[0].getTypeId(), 0xa1b2c3d4e5f60718);
    EXPECT_EQ(topics[0].getDelivery(), schema::Delivery::LATEST);
    EXPECT_TRUE(topics[0].getPublishes());
    EXPECT_FALSE(topics[0].getSubscribes());
    EXPECT_EQ(view(topics[2].getName()), "chat/überall");
}

TEST(Control, AnnouncementIsWrittenAndReadWithoutTheHeap) {
    const std::array topics{AnnouncedTopic{"world", 5, Delivery::Latest, true, false},
                            AnnouncedTopic{"input", 6, Delivery::BestEffort, false, true}};
    const Announcement written{"pad-1", "tests", milliseconds(250), 9, 0, 2, true, topics};
    alignas(8) std::array<std::byte, 512> room{};
    TopicRoom topic_room;

    const mcast::test::AllocationCount allocations;
    const std::size_t size = write_announcement(room, written);
    ASSERT_EQ(size, announcement_size(written));
    const auto read = read_announcement(std::span(room).first(size), topic_room);
    EXPECT_EQ(allocations.since(), 0u);

    ASSERT_TRUE(read);
    EXPECT_EQ(read->name, "pad-1");
    EXPECT_EQ(read->software, "tests");
    EXPECT_EQ(read->interval, milliseconds(250));
    EXPECT_EQ(read->revision, 9u);
    EXPECT_EQ(read->part, 0);
    EXPECT_EQ(read->part_count, 2);
    EXPECT_TRUE(read->wants_reply);
    ASSERT_EQ(read->topics.size(), 2u);
    EXPECT_EQ(read->topics[1].name, "input");
    EXPECT_EQ(read->topics[1].type_id, 6u);
    EXPECT_EQ(read->topics[1].delivery, Delivery::BestEffort);
    EXPECT_FALSE(read->topics[1].publishes);
    EXPECT_TRUE(read->topics[1].subscribes);
}

TEST(Control, WritesIntoDirtyRoomAndNoFurther) {
    const Bytes expected = announce_message();
    TopicRoom topics;
    const auto announcement = read_announcement(expected, topics);
    ASSERT_TRUE(announcement);
    Bytes room(expected.size() + 64, std::byte{0xee});
    ASSERT_EQ(write_announcement(room, *announcement), expected.size());
    EXPECT_TRUE(std::equal(expected.begin(), expected.end(), room.begin()));
    for (std::size_t i = expected.size(); i < room.size(); ++i)
        EXPECT_EQ(room[i], std::byte{0xee});
}

TEST(Control, WritesNothingWhereItDoesNotFit) {
    const Bytes expected = announce_message();
    TopicRoom topics;
    const auto announcement = read_announcement(expected, topics);
    Bytes room(expected.size(), std::byte{0xee});
    for (std::size_t size = 0; size < expected.size(); ++size)
        ASSERT_EQ(write_announcement(std::span(room).first(size), *announcement), 0u);
    EXPECT_EQ(room, Bytes(expected.size(), std::byte{0xee}));
    EXPECT_EQ(write_bye(std::span(room).first(23), Bye{"x"}), 0u);
    EXPECT_EQ(write_ping(std::span(room).first(kPingSize - 1), Ping{1}), 0u);
}

TEST(Control, SizesAreThoseWrittenForTextOfEveryLength) {
    for (std::size_t length = 0; length <= kTopicNameMax; ++length) {
        const std::string text(length, 'x');
        const std::array topics{AnnouncedTopic{text, 1, Delivery::Latest, true, true}};
        Announcement announcement;
        announcement.name = std::string_view(text).substr(0, std::min(length, kPeerNameMax));
        if (length > 0) announcement.topics = topics;
        Bytes room(1024);
        const std::size_t size = write_announcement(room, announcement);
        ASSERT_EQ(size, announcement_size(announcement));
        ASSERT_GT(size, 0u);
        ASSERT_EQ(mcast::detail::frame_size(room), size);
        const std::size_t bye = write_bye(room, Bye{text});
        ASSERT_EQ(bye, bye_size(Bye{text}));
        ASSERT_EQ(read_bye(std::span(room).first(bye)).value().reason, text);
    }
}

TEST(Control, PackerFillsTheRoomAndNotMore) {
    std::vector<AnnouncedTopic> topics;
    std::vector<std::string> names;
    for (std::size_t i = 0; i < 100; ++i)
        names.push_back("topic/" + std::string(i % 40, 'x'));
    for (const std::string& name : names)
        topics.push_back({name, 1, Delivery::BestEffort, true, false});
    Announcement announcement;
    announcement.name = "packer";
    for (std::size_t room = 0; room < 6000; room += 8) {
        const std::size_t count = topics_that_fit(room, announcement, topics);
        ASSERT_LE(count, kTopicsPerAnnouncementMax);
        if (count == 0) continue;
        announcement.topics = std::span(topics).first(count);
        Bytes bytes(room);
        ASSERT_GT(write_announcement(bytes, announcement), 0u);
        if (count == kTopicsPerAnnouncementMax) continue;
        announcement.topics = std::span(topics).first(count + 1);
        ASSERT_EQ(write_announcement(bytes, announcement), 0u);
    }
    EXPECT_EQ(topics_that_fit(65000, announcement, topics), kTopicsPerAnnouncementMax);
    EXPECT_EQ(topics_that_fit(65000, announcement, std::span(topics).first(3)), 3u);
}

TEST(Control, IntervalIsRoundedUp) {
    Bytes room(256);
    const auto sent = [&](Duration interval) {
        Announcement announcement;
        announcement.interval = interval;
        TopicRoom topics;
        const std::size_t size = write_announcement(room, announcement);
        return read_announcement(std::span(room).first(size), topics).value().interval;
    };
    EXPECT_EQ(sent(microseconds(1)), milliseconds(1));
    EXPECT_EQ(sent(milliseconds(20)), milliseconds(20));
    EXPECT_EQ(sent(milliseconds(-1)), milliseconds(0));
    EXPECT_EQ(sent(std::chrono::hours(24 * 365)), milliseconds(0xffffffff));
}

TEST(Control, ReadersKeepTheirLimits) {
    using Builder = schema::Announce::Builder;
    EXPECT_TRUE(accepted([](Builder) {}));
    EXPECT_TRUE(accepted([](Builder root) { root.setName(std::string(63, 'x').c_str()); }));
    EXPECT_FALSE(accepted([](Builder root) { root.setName(std::string(64, 'x').c_str()); }));
    EXPECT_FALSE(accepted([](Builder root) { root.setName("a\nb"); }));
    EXPECT_FALSE(accepted([](Builder root) { root.setName("\xff"); }));
    EXPECT_FALSE(accepted([](Builder root) { root.setSoftware(std::string(64, 'x').c_str()); }));
    EXPECT_FALSE(accepted([](Builder root) { root.setPartCount(0); }));
    EXPECT_FALSE(accepted([](Builder root) { root.setPart(1); }));
    EXPECT_TRUE(accepted([](Builder root) { root.setPartCount(64); }));
    EXPECT_FALSE(accepted([](Builder root) { root.setPartCount(65); }));
    const auto with_topics = [](unsigned count, std::size_t name_size) {
        return accepted([&](Builder root) {
            for (auto topic : root.initTopics(count))
                topic.setName(std::string(name_size, 'x').c_str());
        });
    };
    EXPECT_TRUE(with_topics(64, 1));
    EXPECT_FALSE(with_topics(65, 1));
    EXPECT_TRUE(with_topics(1, 255));
    EXPECT_FALSE(with_topics(1, 256));
    EXPECT_FALSE(with_topics(1, 65536));
    EXPECT_FALSE(with_topics(1, 0));
}

TEST(Control, WritersKeepTheSameLimits) {
    Bytes room(65536);
    Announcement announcement;
    const std::string long_name(64, 'x');
    announcement.name = long_name;
    EXPECT_EQ(write_announcement(room, announcement), 0u);
    announcement.name = "a\x1b[2J";
    EXPECT_EQ(write_announcement(room, announcement), 0u);
    announcement.name = {};
    announcement.part = 1;
    EXPECT_EQ(write_announcement(room, announcement), 0u);
    announcement.part = 0;
    const std::vector<AnnouncedTopic> many(65, {"x", 1, Delivery::Latest, true, true});
    announcement.topics = many;
    EXPECT_EQ(write_announcement(room, announcement), 0u);
    announcement.topics = announcement.topics.first(64);
    EXPECT_GT(write_announcement(room, announcement), 0u);
    EXPECT_EQ(write_bye(room, Bye{std::string(256, 'x')}), 0u);
}

TEST(Control, TopicOfAnUnknownDeliveryIsLeftOut) {
    const Bytes frame = announced([](schema::Announce::Builder root) {
        auto topics = root.initTopics(3);
        for (unsigned i = 0; i < 3; ++i)
            topics[i].setName(std::to_string(i).c_str());
        topics[1].setDelivery(static_cast<schema::Delivery>(3));
    });
    TopicRoom room;
    const auto read = read_announcement(frame, room);
    ASSERT_TRUE(read);
    ASSERT_EQ(read->topics.size(), 2u);
    EXPECT_EQ(read->topics[0].name, "0");
    EXPECT_EQ(read->topics[1].name, "2");
}

TEST(Control, EveryDeliveryIsReadAsItWasWritten) {
    for (const Delivery delivery : {Delivery::BestEffort, Delivery::Latest, Delivery::Reliable}) {
        const std::array topics{AnnouncedTopic{"x", 1, delivery, true, false}};
        Announcement announcement;
        announcement.topics = topics;
        TopicRoom room;
        const auto frame = control(write_announcement, announcement);
        const auto read = read_announcement(frame, room);
        ASSERT_TRUE(read);
        ASSERT_EQ(read->topics.size(), 1u);
        EXPECT_EQ(read->topics[0].delivery, delivery);
    }
}

TEST(Control, MessageOfTwoSegmentsIsRefused) {
    capnp::word first[8]{};
    capnp::MallocMessageBuilder builder(kj::arrayPtr(first, 8));
    auto root = builder.initRoot<schema::Announce>();
    root.setPartCount(1);
    root.setName("this name does not fit the first segment");
    ASSERT_GT(builder.getSegmentsForOutput().size(), 1u);
    EXPECT_FALSE(is_read(flatten(builder)));
}

TEST(Control, AnotherStructIsReadWithDefaults) {
    // A Ping where an Announce should be: no part count.
    alignas(8) std::array<std::byte, kPingSize> room{};
    ASSERT_EQ(write_ping(room, Ping{1}), kPingSize);
    TopicRoom topics;
    EXPECT_FALSE(read_announcement(room, topics));
}

TEST(Control, PingAndPongCarryTheToken) {
    alignas(8) std::array<std::byte, kPingSize> room{};
    ASSERT_EQ(write_ping(room, Ping{0xfedcba9876543210}), kPingSize);
    EXPECT_EQ(read_ping(room).value().token, 0xfedcba9876543210);
    ASSERT_EQ(write_pong(room, Ping{77}), kPingSize);
    EXPECT_EQ(read_pong(room).value().token, 77u);
}

}  // namespace
}  // namespace mcast::wire::test
