#include "wire/stream_control.hpp"

#include <capnp/message.h>
#include <capnp/serialize.h>
#include <control.capnp.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <limits>
#include <vector>

#include "mcast/message.hpp"
#include "tests/support/allocation_count.hpp"
#include "vectors.hpp"
#include "wire/control.hpp"

namespace mcast::wire::test {
namespace {

constexpr std::uint64_t kLast = std::numeric_limits<std::uint64_t>::max();
constexpr PeerId kPublisher{77};
constexpr Heartbeat kHeartbeat{11, 12, 10, 9, 8, 7, true, 6};

ReceiverReport sample_report() {
    ReceiverReport report{kPublisher, 1, 2, 3, 4, 5, 6, 7, true, {}, {}, 8};
    report.echo = WallTime(Duration(-9));
    report.echo_delay = Duration::max();
    return report;
}

// As wide as a heartbeat may be seen, and as narrow: what `change` makes of a good one.
template <typename Change>
bool heartbeat_is_written(Change&& change) {
    Heartbeat heartbeat = kHeartbeat;
    change(heartbeat);
    alignas(8) std::array<std::byte, kHeartbeatSize> room{};
    return write_heartbeat(room, heartbeat) == kHeartbeatSize;
}

template <typename Change>
bool report_is_written(Change&& change) {
    ReceiverReport report = sample_report();
    change(report);
    alignas(8) std::array<std::byte, kReceiverReportSize> room{};
    return write_receiver_report(room, report) == kReceiverReportSize;
}

bool nak_is_written(std::span<const SequenceRange> missing) {
    alignas(8) std::array<std::byte, nak_size(kNakRangesMax + 1)> room{};
    return write_nak(room, {kPublisher, 1, missing, 0}) != 0;
}

TEST(StreamControl, HeartbeatIsReadByTheGeneratedCode) {
    const Bytes message = control(write_heartbeat, kHeartbeat);
    mcast::detail::FrameReader reader(message);
    const auto root = reader.getRoot<schema::Heartbeat>();
    EXPECT_EQ(root.getTopic(), 11u);
    EXPECT_EQ(root.getNext(), 12u);
    EXPECT_EQ(root.getOldest(), 10u);
    EXPECT_EQ(root.getBegin(), 9u);
    EXPECT_EQ(root.getSkip(), 8);
    EXPECT_EQ(root.getReceivers(), 7);
    EXPECT_TRUE(root.getLagged());
    EXPECT_EQ(root.getToken(), 6u);
}

TEST(StreamControl, HeartbeatIsWrittenAndReadWithoutTheHeap) {
    alignas(8) std::array<std::byte, kHeartbeatSize> room{};
    const mcast::test::AllocationCount allocations;
    ASSERT_EQ(write_heartbeat(room, kHeartbeat), kHeartbeatSize);
    const auto read = read_heartbeat(room);
    EXPECT_EQ(allocations.since(), 0u);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->topic, kHeartbeat.topic);
    EXPECT_EQ(read->next, kHeartbeat.next);
    EXPECT_EQ(read->oldest, kHeartbeat.oldest);
    EXPECT_EQ(read->begin, kHeartbeat.begin);
    EXPECT_EQ(read->skip, kHeartbeat.skip);
    EXPECT_EQ(read->receivers, kHeartbeat.receivers);
    EXPECT_EQ(read->lagged, kHeartbeat.lagged);
    EXPECT_EQ(read->token, kHeartbeat.token);
}

TEST(StreamControl, NakIsWrittenAndReadWithoutTheHeap) {
    std::array<SequenceRange, kNakRangesMax> ranges;
    for (std::size_t i = 0; i < ranges.size(); ++i)
        ranges[i] = {100 * i + 1, static_cast<std::uint32_t>(i + 1)};
    for (std::size_t count = 1; count <= ranges.size(); ++count) {
        const Nak nak{kPublisher, 5, std::span(ranges).first(count), kLast};
        alignas(8) std::array<std::byte, kNakSizeMax> room{};
        RangeRoom range_room;
        const mcast::test::AllocationCount allocations;
        const std::size_t size = write_nak(room, nak);
        const auto read = read_nak(std::span(room).first(size), range_room);
        EXPECT_EQ(allocations.since(), 0u);
        ASSERT_EQ(size, nak_size(count));
        ASSERT_TRUE(read);
        EXPECT_EQ(read->publisher, kPublisher);
        EXPECT_EQ(read->topic, 5u);
        EXPECT_EQ(read->token, kLast);
        EXPECT_TRUE(std::equal(read->missing.begin(), read->missing.end(), nak.missing.begin(),
                               nak.missing.end()));
    }
}

TEST(StreamControl, ReportIsWrittenAndReadWithoutTheHeap) {
    const ReceiverReport report = sample_report();
    alignas(8) std::array<std::byte, kReceiverReportSize> room{};
    const mcast::test::AllocationCount allocations;
    ASSERT_EQ(write_receiver_report(room, report), kReceiverReportSize);
    const auto read = read_receiver_report(room);
    EXPECT_EQ(allocations.since(), 0u);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->publisher, report.publisher);
    EXPECT_EQ(read->topic, report.topic);
    EXPECT_EQ(read->next, report.next);
    EXPECT_EQ(read->limit, report.limit);
    EXPECT_EQ(read->newest, report.newest);
    EXPECT_EQ(read->missed, report.missed);
    EXPECT_EQ(read->lost, report.lost);
    EXPECT_EQ(read->overruns, report.overruns);
    EXPECT_EQ(read->joining, report.joining);
    EXPECT_EQ(read->echo, report.echo);
    EXPECT_EQ(read->echo_delay, report.echo_delay);
    EXPECT_EQ(read->token, report.token);
}

TEST(StreamControl, HeartbeatsKeepTheirOrder) {
    EXPECT_TRUE(heartbeat_is_written([](Heartbeat&) {}));
    EXPECT_FALSE(heartbeat_is_written([](Heartbeat& h) { h.topic = 0; }));
    EXPECT_TRUE(heartbeat_is_written([](Heartbeat& h) { h.oldest = h.next; }));
    EXPECT_FALSE(heartbeat_is_written([](Heartbeat& h) { h.oldest = h.next + 1; }));
    EXPECT_FALSE(heartbeat_is_written([](Heartbeat& h) { h.oldest = 0; }));
    EXPECT_FALSE(heartbeat_is_written([](Heartbeat& h) { h.next = h.oldest = h.begin = 0; }));
    EXPECT_TRUE(heartbeat_is_written([](Heartbeat& h) { h.begin = h.next; }));
    EXPECT_FALSE(heartbeat_is_written([](Heartbeat& h) { h.begin = h.next + 1; }));
    // The latest that there can be, and the first of a stream.
    EXPECT_TRUE(heartbeat_is_written([](Heartbeat& h) { h.next = h.oldest = h.begin = kLast; }));
    EXPECT_TRUE(heartbeat_is_written([](Heartbeat& h) { h = Heartbeat{.topic = 1}; }));
}

TEST(StreamControl, RangesAscendAndAreDisjoint) {
    using Ranges = std::vector<SequenceRange>;
    EXPECT_TRUE(nak_is_written(Ranges{{1, 1}}));
    EXPECT_FALSE(nak_is_written(Ranges{}));
    EXPECT_FALSE(nak_is_written(Ranges{{0, 1}}));
    EXPECT_FALSE(nak_is_written(Ranges{{1, 0}}));
    EXPECT_TRUE(nak_is_written(Ranges{{1, 2}, {3, 1}}));
    EXPECT_FALSE(nak_is_written(Ranges{{1, 3}, {3, 1}}));
    EXPECT_FALSE(nak_is_written(Ranges{{3, 1}, {1, 1}}));
    EXPECT_FALSE(nak_is_written(Ranges{{3, 1}, {3, 1}}));
    EXPECT_TRUE(nak_is_written(Ranges{{kLast, 1}}));
    EXPECT_FALSE(nak_is_written(Ranges{{kLast, 2}}));
    EXPECT_FALSE(nak_is_written(Ranges{{kLast, 1}, {1, 1}}));
    Ranges many;
    for (std::uint64_t i = 1; i <= kNakRangesMax; ++i)
        many.push_back({2 * i, 1});
    EXPECT_TRUE(nak_is_written(many));
    many.push_back({1000, 1});
    EXPECT_FALSE(nak_is_written(many));
}

TEST(StreamControl, NakIsToSomebodyAboutSomething) {
    Bytes room(kNakSizeMax);
    constexpr std::array kRanges{SequenceRange{1, 1}};
    EXPECT_GT(write_nak(room, {kPublisher, 1, kRanges, 0}), 0u);
    EXPECT_EQ(write_nak(room, {PeerId{}, 1, kRanges, 0}), 0u);
    EXPECT_EQ(write_nak(room, {kPublisher, 0, kRanges, 0}), 0u);
}

TEST(StreamControl, ReportsKeepTheirOrder) {
    EXPECT_TRUE(report_is_written([](ReceiverReport&) {}));
    EXPECT_FALSE(report_is_written([](ReceiverReport& r) { r.publisher = {}; }));
    EXPECT_FALSE(report_is_written([](ReceiverReport& r) { r.topic = 0; }));
    EXPECT_TRUE(report_is_written([](ReceiverReport& r) { r.limit = r.next; }));
    EXPECT_FALSE(report_is_written([](ReceiverReport& r) { r.limit = r.next - 1; }));
    EXPECT_FALSE(report_is_written([](ReceiverReport& r) { r.echo_delay = Duration(-1); }));
}

TEST(StreamControl, WritesNothingWhereItDoesNotFit) {
    constexpr std::array kRanges{SequenceRange{1, 1}};
    const Nak nak{kPublisher, 1, kRanges, 0};
    const ReceiverReport report = sample_report();
    Bytes room(kReceiverReportSize, std::byte{0xee});
    for (std::size_t size = 0; size < room.size(); ++size) {
        const auto part = std::span(room).first(size);
        ASSERT_TRUE(size >= kHeartbeatSize || write_heartbeat(part, kHeartbeat) == 0);
        ASSERT_TRUE(size >= nak_size(1) || write_nak(part, nak) == 0);
        ASSERT_EQ(write_receiver_report(part, report), 0u);
    }
    EXPECT_EQ(room, Bytes(kReceiverReportSize, std::byte{0xee}));
}

TEST(StreamControl, WritesIntoDirtyRoomAndNoFurther) {
    Bytes room(kHeartbeatSize + 16, std::byte{0xee});
    const Bytes expected = control(write_heartbeat, kHeartbeat);
    ASSERT_EQ(write_heartbeat(room, kHeartbeat), expected.size());
    EXPECT_TRUE(std::equal(expected.begin(), expected.end(), room.begin()));
    for (std::size_t i = expected.size(); i < room.size(); ++i)
        EXPECT_EQ(room[i], std::byte{0xee});
}

// A newer writer has more fields and makes its ranges longer; an older one had fewer.
TEST(StreamControl, LongerStructsAreRead) {
    const Bytes message = control(write_heartbeat, kHeartbeat);
    Bytes longer = message;
    longer.resize(longer.size() + 8, std::byte{0x5a});
    overwrite(longer, 4, static_cast<std::uint32_t>(longer.size() / 8 - 1));
    overwrite(longer, 12, static_cast<std::uint16_t>(longer.size() / 8 - 2));
    const auto read = read_heartbeat(longer);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->token, kHeartbeat.token);

    Bytes shorter = message;
    shorter.resize(shorter.size() - 8);
    overwrite(shorter, 4, static_cast<std::uint32_t>(shorter.size() / 8 - 1));
    overwrite(shorter, 12, static_cast<std::uint16_t>(shorter.size() / 8 - 2));
    const auto without_token = read_heartbeat(shorter);
    ASSERT_TRUE(without_token);
    EXPECT_EQ(without_token->begin, kHeartbeat.begin);
    EXPECT_EQ(without_token->token, 0u);
}

TEST(StreamControl, AnotherStructIsRefused) {
    // A Ping has no more than one word, and reads as one of sequence 0.
    alignas(8) std::array<std::byte, kPingSize> room{};
    ASSERT_EQ(write_ping(room, Ping{1}), kPingSize);
    RangeRoom ranges;
    EXPECT_FALSE(read_heartbeat(room));
    EXPECT_FALSE(read_nak(room, ranges));
    EXPECT_FALSE(read_receiver_report(room));
}

TEST(StreamControl, MessageOfTwoSegmentsIsRefused) {
    capnp::word first[6]{};
    capnp::MallocMessageBuilder builder(kj::arrayPtr(first, 6));
    auto root = builder.initRoot<schema::Nak>();
    root.setPublisher(1);
    root.setTopic(1);
    root.initMissing(1)[0].setFirst(1);
    root.getMissing()[0].setCount(1);
    ASSERT_GT(builder.getSegmentsForOutput().size(), 1u);
    const auto words = capnp::messageToFlatArray(builder);
    RangeRoom ranges;
    EXPECT_FALSE(read_nak(std::as_bytes(std::span(words.begin(), words.size())), ranges));
}

}  // namespace
}  // namespace mcast::wire::test
