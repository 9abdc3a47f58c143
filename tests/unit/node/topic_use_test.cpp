// Topics that are used otherwise on the other side, and those that are refused.
#include <list>

#include "tests/unit/node/cable.hpp"

namespace mcast::node_test {
namespace {

std::string hex(std::uint64_t type_id) {
    char text[32];
    std::snprintf(text, sizeof text, "0x%016llx", static_cast<unsigned long long>(type_id));
    return text;
}

void expect_names(const std::string& text, std::initializer_list<std::string> parts) {
    for (const std::string& part : parts)
        EXPECT_NE(text.find(part), std::string::npos) << "'" << part << "' in: " << text;
}

TEST(Mismatch, OfTypesIsToldOnBothSides) {
    Pair pair;
    auto notes = pair.sender.publisher<Note>("things");
    auto others = pair.receiver.subscriber<Other>("things");
    pair.settle();
    const auto at_sender = of_kind(events_of(pair.sender), EventKind::TypeMismatch);
    const auto at_receiver = of_kind(events_of(pair.receiver), EventKind::TypeMismatch);
    ASSERT_EQ(at_sender.size(), 1u);
    ASSERT_EQ(at_receiver.size(), 1u);
    EXPECT_EQ(at_sender[0].peer_name, "receiver");
    EXPECT_EQ(at_receiver[0].peer_name, "sender");
    EXPECT_EQ(at_sender[0].topic, "things");
    for (const SeenEvent& event : {at_sender[0], at_receiver[0]})
        expect_names(event.text,
                     {hex(capnp::typeId<Note>()), hex(capnp::typeId<Other>()), event.peer_name});
    EXPECT_EQ(notes.listeners(), 0u);
    EXPECT_EQ(others.publishers(), 0u);
}

TEST(Mismatch, OfDeliveriesIsToldOnBothSidesAndDataArrives) {
    Pair pair;
    auto notes = pair.sender.publisher<Note>("things");
    auto reader = pair.receiver.subscriber<Note>("things", {.delivery = Delivery::Latest});
    pair.settle();
    for (Node* node : {&pair.sender, &pair.receiver}) {
        const auto events = of_kind(events_of(*node), EventKind::DeliveryMismatch);
        ASSERT_EQ(events.size(), 1u);
        expect_names(events[0].text, {std::string(to_string(Delivery::BestEffort)),
                                      std::string(to_string(Delivery::Latest))});
    }
    publish(notes, 1);
    pair.turn();
    EXPECT_EQ(drain_numbers(reader), Numbers{1});
}

TEST(Mismatch, IsToldWhenTheTopicComesLater) {
    Pair pair;
    pair.settle();
    events_of(pair.sender);
    events_of(pair.receiver);
    auto others = pair.receiver.subscriber<Other>("things");
    pair.settle();
    EXPECT_TRUE(of_kind(events_of(pair.sender), EventKind::TypeMismatch).empty());
    auto notes = pair.sender.publisher<Note>("things");
    pair.settle();
    EXPECT_EQ(of_kind(events_of(pair.sender), EventKind::TypeMismatch).size(), 1u);
    EXPECT_EQ(of_kind(events_of(pair.receiver), EventKind::TypeMismatch).size(), 1u);
}

TEST(Mismatch, IsNoneWhereTheUseIsTheSame) {
    Pair pair;
    auto notes = pair.sender.publisher<Note>("things");
    auto same = pair.receiver.publisher<Other>("things");  // two publishers do not meet
    auto reader = pair.receiver.subscriber<Note>("things");
    pair.settle();
    for (Node* node : {&pair.sender, &pair.receiver}) {
        const auto events = events_of(*node);
        EXPECT_TRUE(of_kind(events, EventKind::TypeMismatch).empty());
        EXPECT_TRUE(of_kind(events, EventKind::DeliveryMismatch).empty());
    }
}

TEST(Refused, ASecondPublisherOfATopic) {
    Pair pair;
    auto first = pair.sender.publisher<Note>("notes");
    auto second = pair.sender.publisher<Note>("notes");
    EXPECT_TRUE(static_cast<bool>(first));
    EXPECT_FALSE(static_cast<bool>(second));
    EXPECT_FALSE(second.loan().has_value());
    EXPECT_EQ(second.listeners(), 0u);
    EXPECT_EQ(second.stats().published, 0u);
    const auto refused = of_kind(events_of(pair.sender), EventKind::Refused);
    ASSERT_EQ(refused.size(), 1u);
    EXPECT_EQ(refused[0].topic, "notes");
    expect_names(refused[0].text, {"'notes'", "has a publisher"});
}

TEST(Refused, NotTheOneThatFollows) {
    Pair pair;
    auto reader = pair.receiver.subscriber<Note>("notes");
    pair.settle();
    for (std::uint64_t i = 1; i <= 3; ++i) {
        auto notes = pair.sender.publisher<Note>("notes");
        pair.settle();
        publish(notes, i);
        // Dropped with a message that has not left.
    }
    pair.settle();
    std::vector<std::uint64_t> sequences;
    Numbers numbers;
    reader.drain([&](const Sample<Note>& note) {
        sequences.push_back(note.sequence());
        numbers.push_back(note->getNumber());
    });
    EXPECT_EQ(numbers, (Numbers{1, 2, 3}));
    EXPECT_EQ(sequences, (Numbers{1, 2, 3}));
}

TEST(Refused, BadNames) {
    Pair pair;
    for (const std::string& name : {std::string(), std::string(256, 'x'), std::string("a\nb"),
                                    std::string("\xff"), std::string("a\0b", 3)}) {
        EXPECT_FALSE(static_cast<bool>(pair.sender.publisher<Note>(name)));
        EXPECT_FALSE(static_cast<bool>(pair.sender.subscriber<Note>(name)));
        EXPECT_EQ(of_kind(events_of(pair.sender), EventKind::Refused).size(), 2u);
    }
    EXPECT_TRUE(static_cast<bool>(pair.sender.publisher<Note>(std::string(255, 'x'))));
    EXPECT_TRUE(static_cast<bool>(pair.sender.publisher<Note>("w\xc3\xb6rld/1")));
}

TEST(Refused, TopicsBeyondTheLimit) {
    Cable cable;
    NodeOptions options{.name = "small"};
    options.limits.topics_max = 2;
    Node node = cable.open(options);
    auto one = node.publisher<Note>("one");
    auto two = node.subscriber<Note>("two");
    EXPECT_FALSE(static_cast<bool>(node.publisher<Note>("three")));
    const auto refused = of_kind(events_of(node), EventKind::Refused);
    ASSERT_EQ(refused.size(), 1u);
    expect_names(refused[0].text, {"topics_max"});
    { const auto gone = std::move(one); }
    EXPECT_TRUE(static_cast<bool>(node.publisher<Note>("three")));
    // Publishers that were dropped do not use up the limit either.
    for (int i = 0; i < 20; ++i)
        EXPECT_TRUE(static_cast<bool>(node.publisher<Note>("topic " + std::to_string(i))));
}

TEST(Refused, AFifthSubscriberOfATopic) {
    Pair pair;
    std::list<Subscriber<Note>> readers;
    for (int i = 0; i < 4; ++i)
        EXPECT_TRUE(
            static_cast<bool>(readers.emplace_back(pair.receiver.subscriber<Note>("notes"))));
    EXPECT_FALSE(static_cast<bool>(pair.receiver.subscriber<Note>("notes")));
    auto notes = pair.sender.publisher<Note>("notes");
    pair.settle();
    publish(notes, 1);
    pair.turn();
    for (Subscriber<Note>& reader : readers)
        EXPECT_EQ(drain_numbers(reader), Numbers{1});
}

TEST(Topics, ManyAreAnnouncedInParts) {
    Pair pair;
    std::list<Subscriber<Note>> readers;
    for (int i = 0; i < 60; ++i)
        readers.emplace_back(
            pair.receiver.subscriber<Note>(std::string(50, 'x') + std::to_string(i)));
    pair.settle();
    const auto peers = pair.sender.peers();
    ASSERT_EQ(peers.size(), 1u);
    EXPECT_EQ(peers[0].topics.size(), 60u);
    EXPECT_EQ(pair.sender.stats().dropped[DropCause::TopicLimit], 0u);
    while (readers.size() > 5)
        readers.pop_front();
    pair.settle();
    EXPECT_EQ(pair.sender.peers()[0].topics.size(), 5u);
}

}  // namespace
}  // namespace mcast::node_test
