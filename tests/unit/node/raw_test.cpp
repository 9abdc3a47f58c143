// Messages without a schema, of any type, and messages that are kept.
#include <deque>

#include "tests/unit/node/cable.hpp"

namespace mcast::node_test {
namespace {

constexpr std::uint64_t kNoteType = capnp::typeId<Note>();

TEST(Raw, ForwardsWhatATypedOneSent) {
    Pair pair;
    Node last = pair.open({.name = "last"});
    auto notes = pair.sender.publisher<Note>("notes");
    auto tap = pair.receiver.raw_subscriber("notes", kNoteType);
    auto copies = pair.receiver.raw_publisher("copies", kNoteType);
    auto reader = last.subscriber<Note>("copies");
    pair.Cable::settle({&pair.sender, &pair.receiver, &last});
    publish(notes, 5, 50);
    pair.turn();
    EXPECT_EQ(tap.drain([&](const RawSample& note) { EXPECT_TRUE(copies.publish(note.bytes())); }),
              1u);
    pair.receiver.poll();
    last.poll();
    EXPECT_EQ(drain_numbers(reader), Numbers{5});
}

TEST(Raw, RefusesWhatIsNoMessage) {
    Pair pair;
    auto raw = pair.sender.raw_publisher("notes", kNoteType);
    auto reader = pair.receiver.subscriber<Note>("notes");
    pair.settle();
    const std::vector<std::byte> zeros(64);  // a segment of no words
    const std::vector<std::byte> nothing;
    std::vector<std::byte> longer(64);  // says it is longer than it is
    longer[4] = std::byte{8};
    std::vector<std::byte> shorter(64);  // says it is shorter
    shorter[4] = std::byte{6};
    std::vector<std::byte> odd(63);
    odd[4] = std::byte{6};
    for (const auto& frame : {zeros, nothing, longer, shorter, odd})
        EXPECT_FALSE(raw.publish(frame));
    EXPECT_EQ(raw.stats().malformed, 5u);
    EXPECT_EQ(raw.stats().published, 0u);
    pair.turn();
    EXPECT_TRUE(drain_numbers(reader).empty());
}

TEST(Raw, AnyTypeReceivesEachType) {
    Cable cable;
    Node one = cable.open({.name = "one"});
    Node two = cable.open({.name = "two"});
    Node tap = cable.open({.name = "tap"});
    auto notes = one.publisher<Note>("things");
    auto others = two.publisher<Other>("things");
    auto elsewhere = two.publisher<Other>("elsewhere");
    auto all = tap.raw_subscriber("things");
    cable.settle({&one, &two, &tap});
    EXPECT_EQ(all.publishers(), 2u);
    EXPECT_EQ(notes.listeners(), 1u);
    EXPECT_EQ(elsewhere.listeners(), 0u);
    publish(notes, 1);
    auto loan = others.loan();
    loan->root().setNumber(2);
    loan->publish();
    cable.turn({&one, &two, &tap});
    std::vector<std::uint64_t> topics;
    all.drain([&](const RawSample& sample) { topics.push_back(sample.topic()); });
    EXPECT_EQ(topics, (std::vector<std::uint64_t>{topic_id("things", kNoteType),
                                                  topic_id("things", capnp::typeId<Other>())}));
    EXPECT_TRUE(of_kind(events_of(tap), EventKind::TypeMismatch).empty());
    EXPECT_TRUE(of_kind(events_of(one), EventKind::TypeMismatch).empty());
}

TEST(Hold, KeepsAMessageBeyondItsNode) {
    std::deque<Buffer> kept;
    {
        Pair pair;
        auto notes = pair.sender.publisher<Note>("notes");
        auto reader = pair.receiver.subscriber<Note>("notes");
        pair.settle();
        for (std::uint64_t i = 0; i < 40; ++i)
            publish(notes, i, 100);
        pair.turn();
        reader.drain([&](const Sample<Note>& note) {
            if (note->getNumber() % 10 == 0) kept.push_back(note.hold());
        });
        // Others come and go through the same buffers.
        for (std::uint64_t i = 100; i < 2000; ++i) {
            publish(notes, i, 100);
            pair.turn();
            drain_numbers(reader);
        }
    }
    Numbers numbers;
    for (const Buffer& buffer : kept) {
        const Held<Note> note(buffer);
        numbers.push_back(note->getNumber());
        EXPECT_EQ((*note).getData().size(), 100u);
    }
    EXPECT_EQ(numbers, (Numbers{0, 10, 20, 30}));
}

TEST(Handler, AnExceptionPassesThroughAndTheQueueGoesOn) {
    Pair pair;
    auto notes = pair.sender.publisher<Note>("notes");
    auto reader = pair.receiver.subscriber<Note>("notes");
    pair.settle();
    for (std::uint64_t i = 1; i <= 3; ++i)
        publish(notes, i);
    pair.turn();
    publish(notes, 4);
    pair.turn();
    Numbers seen;
    const auto read = [&](const Sample<Note>& note) {
        seen.push_back(note->getNumber());
        if (note->getNumber() == 2) throw std::string("enough");
    };
    EXPECT_THROW(reader.drain(read), std::string);
    EXPECT_EQ(seen, (Numbers{1, 2}));
    EXPECT_EQ(reader.drain(read), 2u);
    EXPECT_EQ(seen, (Numbers{1, 2, 3, 4}));
    EXPECT_EQ(reader.drain(read), 0u);
}

TEST(Handler, AnExceptionInTheLastOneLeavesNothingBehind) {
    Pair pair;
    auto notes = pair.sender.publisher<Note>("notes");
    auto reader = pair.receiver.subscriber<Note>("notes");
    pair.settle();
    publish(notes, 1);
    pair.turn();
    EXPECT_THROW(reader.drain([](const Sample<Note>&) { throw 1; }), int);
    EXPECT_TRUE(drain_numbers(reader).empty());
    publish(notes, 2);
    pair.turn();
    EXPECT_EQ(drain_numbers(reader), Numbers{2});
}

}  // namespace
}  // namespace mcast::node_test
