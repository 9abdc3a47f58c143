// Messages larger than a datagram.
#include <cstring>

#include "mcast/sim.hpp"
#include "tests/unit/node/cable.hpp"

namespace mcast::node_test {
namespace {

constexpr std::size_t kMebibyte = 1u << 20;

// A framed message of exactly `size` bytes: one segment, whose root is null.
std::vector<std::byte> frame_of(std::size_t size) {
    std::vector<std::byte> frame(size);
    const auto words = static_cast<std::uint32_t>(size / 8 - 1);
    std::memcpy(frame.data() + 4, &words, sizeof words);
    for (std::size_t i = 16; i < size; ++i)
        frame[i] = static_cast<std::byte>(i * 7 + i / 256);
    return frame;
}

// Two nodes on a simulated LAN with buffers for the largest message.
struct Large : testing::Test {
    sim::Lan lan{1, {.transmit_buffer_count = 1024, .receive_buffer_count = 2048}};
    Node sender = Node::open({.name = "sender"}, lan.host("sender", {sim::Port{}})).value();
    Node receiver = Node::open({.name = "receiver"}, lan.host("receiver", {sim::Port{}})).value();
    RawPublisher blobs = sender.raw_publisher("blobs", kBytesType);
    RawSubscriber reader = receiver.raw_subscriber("blobs", kBytesType);

    Large() { turn(50); }
    void turn(int count = 1) {
        for (int i = 0; i < count; ++i) {
            lan.advance(10ms);
            sender.poll();
            lan.advance(1ms);
            receiver.poll();
        }
    }
    std::vector<std::vector<std::byte>> drain() {
        std::vector<std::vector<std::byte>> frames;
        reader.drain([&](const RawSample& sample) {
            frames.emplace_back(sample.bytes().begin(), sample.bytes().end());
        });
        return frames;
    }
};

TEST_F(Large, AMessageOfEachSizeIsTheSameThere) {
    // Around one datagram, around two, and up to the limit.
    for (const std::size_t size :
         {std::size_t{16}, std::size_t{1400}, std::size_t{1408}, std::size_t{1416},
          std::size_t{2752}, std::size_t{2760}, std::size_t{100'000}, kMebibyte - 8, kMebibyte}) {
        const auto frame = frame_of(size);
        ASSERT_TRUE(blobs.publish(frame)) << size;
        turn(2);
        const auto frames = drain();
        ASSERT_EQ(frames.size(), 1u) << size;
        EXPECT_TRUE(frames[0] == frame) << size;
    }
    EXPECT_EQ(blobs.stats().fragmented, 6u);
    EXPECT_EQ(reader.stats().reassembled, 6u);
    EXPECT_EQ(reader.stats().payload_copies, 6u);
    EXPECT_EQ(reader.stats().lost, 0u);
}

TEST_F(Large, OneWordBeyondTheLimitIsRefused) {
    EXPECT_FALSE(blobs.publish(frame_of(kMebibyte + 8)));
    turn(2);
    EXPECT_EQ(blobs.stats().too_large, 1u);
    EXPECT_EQ(blobs.stats().published, 0u);
    EXPECT_EQ(blobs.stats().datagrams, 0u);
    EXPECT_TRUE(drain().empty());
}

TEST_F(Large, KeepsItsPlaceAmongSmallOnes) {
    std::vector<std::vector<std::byte>> sent;
    for (const std::size_t size : {24u, 5000u, 32u, 40u, 3000u, 48u}) {
        sent.push_back(frame_of(size));
        ASSERT_TRUE(blobs.publish(sent.back()));
    }
    turn(2);
    EXPECT_TRUE(drain() == sent);
}

TEST_F(Large, FragmentsInAnyOrderAreOneMessage) {
    lan.set_faults("lan", {.duplicate = 0.2, .reorder = 0.5, .reorder_delay = 2ms});
    const auto frame = frame_of(60'000);
    ASSERT_TRUE(blobs.publish(frame));
    turn(3);
    const auto frames = drain();
    ASSERT_EQ(frames.size(), 1u);
    EXPECT_TRUE(frames[0] == frame);
}

TEST_F(Large, ALostFragmentLosesTheMessageAndIsCounted) {
    lan.set_faults("lan", {.loss = 0.2});
    ASSERT_TRUE(blobs.publish(frame_of(100'000)));
    turn(2);
    lan.set_faults("lan", {});
    EXPECT_TRUE(drain().empty());
    const std::uint64_t sent = blobs.stats().datagrams;
    // The next small one ends the wait for the missing ones.
    const auto small = frame_of(24);
    ASSERT_TRUE(blobs.publish(small));
    turn(2);
    const auto frames = drain();
    ASSERT_EQ(frames.size(), 1u);
    EXPECT_TRUE(frames[0] == small);
    // Nothing is lost silently: each fragment is missing, or was given up.
    EXPECT_GT(reader.stats().lost, 0u);
    EXPECT_EQ(reader.stats().lost + reader.stats().dropped[DropCause::Fragment], sent);
}

TEST_F(Large, AnIncompleteOneIsGivenUpAfterATime) {
    lan.set_faults("lan", {.loss = 0.2});
    ASSERT_TRUE(blobs.publish(frame_of(100'000)));
    turn(2);
    const std::uint64_t before = receiver.stats().dropped[DropCause::Fragment];
    turn(60);
    EXPECT_GT(receiver.stats().dropped[DropCause::Fragment], before);
}

TEST_F(Large, ManyOfAFewDatagramsArriveInOnePoll) {
    constexpr std::uint64_t kCount = 300;
    const auto frame = frame_of(4000);
    for (std::uint64_t i = 0; i < kCount; ++i)
        ASSERT_TRUE(blobs.publish(frame));
    turn();
    EXPECT_EQ(drain().size(), kCount);
    EXPECT_EQ(receiver.stats().dropped[DropCause::Fragment], 0u);
}

TEST_F(Large, ALoanThatOutgrowsADatagramArrives) {
    auto notes = sender.publisher<Note>("notes");
    auto note_reader = receiver.subscriber<Note>("notes");
    turn(50);
    publish(notes, 1);
    publish(notes, 2, 200'000);
    publish(notes, 3);
    turn(2);
    EXPECT_EQ(drain_numbers(note_reader), (Numbers{1, 2, 3}));
    EXPECT_EQ(notes.stats().payload_copies, 1u);
    EXPECT_EQ(notes.stats().fragmented, 1u);
}

}  // namespace
}  // namespace mcast::node_test
