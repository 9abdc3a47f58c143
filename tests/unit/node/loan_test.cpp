#include <list>
#include <optional>

#include "tests/unit/node/cable.hpp"

namespace mcast::node_test {
namespace {

// A loan cannot be moved; this is how several are kept.
struct KeptLoan {
    explicit KeptLoan(Publisher<Note>& publisher) : loan(publisher.loan()) {}
    std::optional<Loan<Note>> loan;
};

TEST(Loan, GivesItsRoomBackWhenItIsNotPublished) {
    Pair pair;
    auto notes = pair.sender.publisher<Note>("notes");
    auto reader = pair.receiver.subscriber<Note>("notes");
    pair.settle();
    publish(notes, 1);
    {
        auto loan = notes.loan();
        auto root = loan->root();
        root.setNumber(UINT64_MAX);
        root.setText("scratch that");
        auto data = root.initData(300);
        std::fill(data.begin(), data.end(), kj::byte{0xff});
    }
    auto loan = notes.loan();
    auto root = loan->root();
    EXPECT_EQ(root.getNumber(), 0u);
    EXPECT_EQ(root.getText().size(), 0u);
    for (const kj::byte byte : root.initData(300))
        ASSERT_EQ(byte, 0);
    root.setNumber(2);
    loan->publish();
    pair.turn();
    EXPECT_EQ(drain_numbers(reader), (Numbers{1, 2}));
    EXPECT_EQ(notes.stats().datagrams, 1u);
}

TEST(Loan, AnUnpublishedOneSendsNothing) {
    Pair pair;
    auto notes = pair.sender.publisher<Note>("notes");
    auto reader = pair.receiver.subscriber<Note>("notes");
    pair.settle();
    for (int i = 0; i < 1000; ++i) {
        auto loan = notes.loan();
        ASSERT_TRUE(loan.has_value());
        loan->root().setNumber(1);
    }
    pair.turn();
    EXPECT_EQ(notes.stats().datagrams, 0u);
    EXPECT_EQ(notes.stats().published, 0u);
}

TEST(Loan, PublishesOnce) {
    Pair pair;
    auto notes = pair.sender.publisher<Note>("notes");
    auto reader = pair.receiver.subscriber<Note>("notes");
    pair.settle();
    auto loan = notes.loan();
    loan->root().setNumber(5);
    loan->publish();
    loan->publish();
    loan.reset();
    pair.turn();
    EXPECT_EQ(drain_numbers(reader), Numbers{5});
}

TEST(Loan, PublishedEmptyHasADefaultRoot) {
    Pair pair;
    auto notes = pair.sender.publisher<Note>("notes");
    auto reader = pair.receiver.subscriber<Note>("notes");
    pair.settle();
    notes.loan()->publish();
    pair.turn();
    EXPECT_EQ(drain_numbers(reader), Numbers{0});
}

TEST(Loan, TwoAtOnceAreBothPublished) {
    Pair pair;
    auto notes = pair.sender.publisher<Note>("notes");
    auto reader = pair.receiver.subscriber<Note>("notes");
    pair.settle();
    {
        auto one = notes.loan();
        auto two = notes.loan();
        one->root().setNumber(1);
        two->root().setNumber(2);
        one->publish();
        two->publish();
    }
    {
        auto three = notes.loan();
        auto four = notes.loan();
        three->root().setNumber(3);
        four->root().setNumber(4);
        // `three` gives its room back.
        four->publish();
    }
    pair.turn();
    Numbers numbers = drain_numbers(reader);
    std::sort(numbers.begin(), numbers.end());
    EXPECT_EQ(numbers, (Numbers{1, 2, 4}));
    EXPECT_EQ(notes.stats().published, 3u);
    EXPECT_EQ(reader.stats().lost, 0u);
}

TEST(Loan, IsEmptyWhileAllTransmitBuffersAreHeld) {
    Pair pair;
    auto notes = pair.sender.publisher<Note>("notes");
    auto reader = pair.receiver.subscriber<Note>("notes");
    pair.settle();
    const std::size_t count = pair.sender.capabilities().transmit_buffer_count;
    {
        std::list<KeptLoan> loans;
        while (loans.size() <= count) {
            loans.emplace_back(notes);
            if (!loans.back().loan) break;
        }
        EXPECT_EQ(loans.size(), count + 1);
        EXPECT_EQ(notes.stats().refused, 1u);
        // A node without buffers goes on receiving.
        pair.turn(200);
    }
    publish(notes, 7);
    pair.turn();
    EXPECT_EQ(drain_numbers(reader), Numbers{7});
}

TEST(Loan, AMessageThatOutgrowsItsRoomIsCopiedAndCounted) {
    Pair pair;
    auto notes = pair.sender.publisher<Note>("notes");
    auto reader = pair.receiver.subscriber<Note>("notes");
    pair.settle();
    publish(notes, 1, 600);
    // What is left of the datagram is too small for this one, a datagram of its own is not.
    auto loan = notes.loan(64);
    auto root = loan->root();
    root.setNumber(3);
    root.setText(std::string(100, 'x'));
    root.initData(900).back() = 42;
    loan->publish();
    publish(notes, 4);
    pair.turn();
    EXPECT_EQ(notes.stats().payload_copies, 1u);
    EXPECT_EQ(notes.stats().fragmented, 0u);
    EXPECT_EQ(pair.sender.stats().payload_copies, 1u);
    Numbers numbers;
    reader.drain([&](const Sample<Note>& note) {
        numbers.push_back(note->getNumber());
        if (note->getNumber() != 3) return;
        EXPECT_EQ(note->getText().size(), 100u);
        ASSERT_EQ(note->getData().size(), 900u);
        EXPECT_EQ(note->getData()[899], 42);
    });
    EXPECT_EQ(numbers, (Numbers{1, 3, 4}));
    EXPECT_EQ(reader.stats().payload_copies, 0u);
}

TEST(Loan, AHintFindsRoomAtOnce) {
    Pair pair;
    auto notes = pair.sender.publisher<Note>("notes");
    auto reader = pair.receiver.subscriber<Note>("notes");
    pair.settle();
    publish(notes, 1, 600);
    publish(notes, 2, 600);
    auto loan = notes.loan(1100);
    loan->root().setNumber(3);
    loan->root().initData(1000);
    loan->publish();
    pair.turn();
    EXPECT_EQ(notes.stats().payload_copies, 0u);
    EXPECT_EQ(drain_numbers(reader), (Numbers{1, 2, 3}));
}

}  // namespace
}  // namespace mcast::node_test
