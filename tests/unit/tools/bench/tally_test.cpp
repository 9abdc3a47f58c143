#include "tools/mcast/bench/tally.hpp"

#include <capnp/message.h>
#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "tools/mcast/bench/content.hpp"
#include "tools/mcast/bench/plan.hpp"

namespace mcast::bench {
namespace {

using namespace std::chrono_literals;

Seen seen_of(std::uint64_t number) {
    return {number, 0, true, 1};
}

TEST(Tally, CountsEachMessageOnce) {
    Tally tally(0s, false, 0s);
    for (const std::uint64_t number : {1u, 2u, 2u, 4u, 3u})
        tally.on_message(seen_of(number), 64);
    tally.on_message({5, 0, false, 0}, 64);
    EXPECT_EQ(tally.received(), 4u);
    EXPECT_EQ(tally.repeated(), 2u);
    EXPECT_EQ(tally.corrupt(), 1u);
    EXPECT_EQ(tally.highest(), 5u);
    EXPECT_EQ(tally.bytes(), 4u * 64);
}

TEST(Tally, TheWindowBeginsAfterTheWarmUp) {
    Tally tally(100ms, false, 0s);
    const Instant begin{10s};
    tally.on_message(seen_of(1), 64);
    tally.on_batch(begin);
    EXPECT_EQ(tally.window_seconds(), 0);
    tally.on_message(seen_of(2), 64);
    tally.on_batch(begin + 100ms);
    tally.on_message(seen_of(3), 64);
    tally.on_message(seen_of(4), 64);
    tally.on_batch(begin + 600ms);
    EXPECT_EQ(tally.window_messages(), 2u);
    EXPECT_DOUBLE_EQ(tally.window_seconds(), 0.5);
    EXPECT_EQ(tally.received(), 4u);
}

TEST(Tally, LatencyIsFromTheStamp) {
    Tally tally(0s, true, 0s);
    tally.on_message(seen_of(1), 64);
    tally.on_batch(now());
    EXPECT_EQ(tally.latencies().count(), 0u) << "the first batch is the warm-up's";
    Seen late = seen_of(2);
    late.time = static_cast<std::uint64_t>((now() - 1h).time_since_epoch().count());
    tally.on_message(late, 64);
    ASSERT_EQ(tally.latencies().count(), 1u);
    EXPECT_GE(tally.latencies().min(), Duration(1h));
}

// Typed, ready-made and raw messages are the same bytes, so that comparing them is fair.
template <typename T>
void expect_same_bytes(std::size_t size) {
    Content content(size);
    ASSERT_EQ(content.size(), size);
    alignas(8) std::array<std::byte, 4096> stamped{};
    content.write(stamped.data(), 77, 99);
    const Seen raw = content.read(stamped.data());
    EXPECT_EQ(raw.number, 77u);
    EXPECT_EQ(raw.time, 99u);
    EXPECT_TRUE(raw.intact);
    // Behind the segment table of one segment.
    const kj::ArrayPtr<const capnp::word> segments[] = {
        {reinterpret_cast<const capnp::word*>(stamped.data() + 8), size / 8 - 1}};
    capnp::SegmentArrayMessageReader reader(segments);
    const Seen typed = read(reader.getRoot<T>());
    EXPECT_EQ(typed.number, 77u);
    EXPECT_EQ(typed.time, 99u);
    EXPECT_TRUE(typed.intact);
    stamped[16] ^= std::byte{1};
    EXPECT_FALSE(content.read(stamped.data()).intact) << "another number";
}

TEST(Content, IsWhatCapnProtoWrites) {
    expect_same_bytes<Quote>(64);
    expect_same_bytes<Block>(72);
    expect_same_bytes<Block>(1024);
}

TEST(Case, WindowsAreInMessages) {
    Case what;
    what.window = 2048;
    EXPECT_EQ(what.messages_in_datagram(), 22u);
    EXPECT_EQ(what.window_in_messages(), 2048u * 22);
    what.path = Path::RawSingle;
    EXPECT_EQ(what.window_in_messages(), 2048u);
    what.path = Path::Typed;
    what.size = 1u << 20;
    EXPECT_EQ(what.window_in_messages(), 2u);
    what.window = 1;
    EXPECT_EQ(what.window_in_messages(), 1u);
}

TEST(Plan, EveryModeHasLibmcastBesideARawPath) {
    Wishes wishes;
    wishes.backends = {"socket"};
    for (const std::string& mode : plan_modes()) {
        wishes.mode = mode;
        const auto groups = plan(wishes);
        ASSERT_FALSE(groups.empty()) << mode;
        for (const Group& group : groups) {
            std::size_t raw = 0;
            for (const Case& what : group.cases)
                raw += is_raw(what.path) ? 1 : 0;
            EXPECT_LT(raw, group.cases.size()) << group.id;
            EXPECT_EQ(raw == 0, group.id == "idle") << group.id;
        }
    }
}

TEST(Plan, HoldsWhatWasAskedFor) {
    Wishes wishes;
    wishes.mode = "throughput";
    wishes.backends = {"socket"};
    wishes.sizes = {128};
    wishes.paths = {Path::Ready};
    const auto groups = plan(wishes);
    ASSERT_EQ(groups.size(), 1u);
    ASSERT_EQ(groups[0].cases.size(), 1u);
    EXPECT_EQ(groups[0].cases[0].size, 128u);
    EXPECT_EQ(groups[0].cases[0].path_name(), "ready/socket");
    wishes.mode = "rtt";
    EXPECT_TRUE(plan(wishes).empty()) << "round trips are not of ready-made messages";
}

}  // namespace
}  // namespace mcast::bench
