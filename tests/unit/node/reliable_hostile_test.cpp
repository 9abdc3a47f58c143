// Reliable topics and those who lie: control messages of the wrong peer, absurd ranges, promises
// that nobody made. A sender does not flood, a receiver does not skip, honest streams go on.
#include <array>

#include "protocol/limits.hpp"
#include "tests/unit/node/attacker.hpp"
#include "wire/stream_control.hpp"

namespace mcast::node_test {
namespace {

constexpr PeerId kFake{0xbad};
const Qos kReliable{.delivery = Delivery::Reliable};

struct ReliableHostile : testing::Test {
    Pair pair;
    Attacker attacker{pair.link};
    Publisher<Note> notes = pair.sender.publisher<Note>("notes", kReliable);
    Subscriber<Note> reader = pair.receiver.subscriber<Note>("notes", kReliable);
    std::uint64_t topic = topic_id("notes", capnp::typeId<Note>());
    Numbers arrived;
    std::uint64_t published = 0;

    ReliableHostile() {
        pair.settle();
        talk(10);
    }
    ~ReliableHostile() override {
        talk(10);
        turn(20);
        Numbers expected(published);
        for (std::uint64_t i = 0; i < published; ++i)
            expected[i] = i;
        EXPECT_EQ(arrived, expected) << "the honest stream is complete, in order, each once";
        for (const StreamInfo& stream : pair.receiver.streams())
            if (stream.publisher == pair.sender.id()) {
                EXPECT_EQ(stream.lost_count(), 0u);
            }
    }
    void turn(int count) {
        for (int i = 0; i < count; ++i) {
            pair.turn();
            for (const std::uint64_t number : drain_numbers(reader))
                arrived.push_back(number);
        }
    }
    void talk(int count) {
        for (int i = 0; i < count; ++i) {
            publish(notes, published++);
            turn(1);
        }
    }
    // Its datagrams come from where the attacker sits, whoever it says to be.
    template <typename Message, typename Write>
    void send(wire::DatagramKind kind, PeerId origin, const Message& message, Write&& write,
              const Endpoint& source = Attacker::kSource) {
        Buffer buffer = pair.link.allocate();
        ASSERT_TRUE(static_cast<bool>(buffer));
        wire::write_header(
            std::span<std::byte, wire::kHeaderSize>(buffer.data(), wire::kHeaderSize),
            Attacker::header(kind, origin));
        const std::size_t size =
            write(std::span(buffer.data(), buffer.capacity()).subspan(wire::kHeaderSize), message);
        ASSERT_GT(size, 0u);
        buffer.resize(static_cast<std::uint32_t>(wire::kHeaderSize + size));
        pair.link.inject(std::move(buffer), source);
    }
    void send(PeerId origin, const wire::Heartbeat& heartbeat) {
        send(wire::DatagramKind::Heartbeat, origin, heartbeat, wire::write_heartbeat);
    }
    void send(PeerId origin, const wire::Nak& nak) {
        send(wire::DatagramKind::Nak, origin, nak, wire::write_nak);
    }
    void send(PeerId origin, const wire::ReceiverReport& report) {
        send(wire::DatagramKind::ReceiverReport, origin, report, wire::write_receiver_report);
    }
    // Subscribes to the topic as anybody may.
    void introduce() {
        const wire::AnnouncedTopic topics[] = {
            {"notes", capnp::typeId<Note>(), Delivery::Reliable, false, true}};
        attacker.announce(kFake, topics);
        turn(2);
    }
};

TEST_F(ReliableHostile, AnothersIdentityFromElsewhereIsSpoofed) {
    const std::uint64_t before = pair.receiver.stats().dropped[DropCause::Spoofed];
    for (const std::uint64_t token : {0ull, 1ull}) {
        wire::Heartbeat lie;
        lie.topic = topic;
        lie.next = lie.oldest = lie.begin = 1'000'000;
        lie.token = token;
        send(pair.sender.id(), lie);
    }
    wire::ReceiverReport report;
    report.publisher = pair.sender.id();
    report.topic = topic;
    report.next = report.limit = 1'000'000;
    send(pair.receiver.id(), report);
    turn(3);
    EXPECT_EQ(pair.receiver.stats().dropped[DropCause::Spoofed], before + 2);
    EXPECT_GT(pair.sender.stats().dropped[DropCause::Spoofed], 0u);
    EXPECT_EQ(reader.stats().lost, 0u);
}

TEST_F(ReliableHostile, AbsurdRequestsMakeNoFlood) {
    introduce();
    const std::uint64_t repairs = notes.stats().repairs;
    std::array<wire::SequenceRange, wire::kNakRangesMax> ranges{};
    for (std::size_t i = 0; i < ranges.size(); ++i)
        ranges[i] = {1 + i * 0x1'0000'0000ull, UINT32_MAX};
    wire::Nak nak;
    nak.publisher = pair.sender.id();
    nak.topic = topic;
    nak.missing = ranges;
    constexpr int kTurns = 100;
    for (int i = 0; i < kTurns; ++i) {
        for (int again = 0; again < 20; ++again)
            send(kFake, nak);
        talk(1);
    }
    // A second of this: no more than is always allowed, and a burst.
    EXPECT_LE(static_cast<double>(notes.stats().repairs - repairs),
              protocol::kRepairRateMin + 2 * protocol::kRepairBurst);
    EXPECT_GT(notes.stats().naks, 1000u);
}

TEST_F(ReliableHostile, WhoPromisesTooMuchOrTooLittleIsOnlyItself) {
    introduce();
    wire::ReceiverReport report;
    report.publisher = pair.sender.id();
    report.topic = topic;
    report.joining = true;
    report.token = 77;
    send(kFake, report);
    turn(1);
    report.joining = false;
    report.next = report.limit = UINT64_MAX;
    send(kFake, report);
    turn(2);
    EXPECT_LE(notes.acknowledged(kFake), notes.newest());
    EXPECT_EQ(notes.receivers().size(), 2u);
    talk(5);
    turn(20);
    EXPECT_EQ(notes.acknowledged(pair.receiver.id()), notes.newest());
}

TEST_F(ReliableHostile, APublisherThatInventsDatagramsDisturbsNobodyElse) {
    const wire::AnnouncedTopic topics[] = {
        {"notes", capnp::typeId<Note>(), Delivery::Reliable, true, false}};
    attacker.announce(kFake, topics);
    turn(2);
    for (std::uint64_t i = 0; i < 50; ++i) {
        wire::Heartbeat heartbeat;
        heartbeat.topic = topic;
        heartbeat.next = UINT64_MAX - i;
        heartbeat.oldest = 1;
        heartbeat.receivers = UINT16_MAX;
        send(kFake, heartbeat);
        wire::Header data = Attacker::data(kFake, 1 + i * i * i, topic);
        data.flags = wire::kFlagReliable;
        attacker.send(data, Attacker::note(1'000'000));
        talk(1);
    }
    turn(1000);
    // Its stream was never joined: it does not answer.
    for (const StreamInfo& stream : pair.receiver.streams()) {
        if (stream.publisher != kFake) continue;
        EXPECT_LE(stream.lost_count(), 50u * 50 * 50);
    }
}

TEST_F(ReliableHostile, AForgedEndOfAStreamIsTakenBack) {
    introduce();
    wire::Heartbeat lie;
    lie.topic = topic;
    lie.receivers = 1;
    lie.next = notes.newest() + 60'000;
    // From the sender's own address, as far as anybody can tell.
    const Endpoint forged{Address::ipv4(10, 0, 0, 1), 7401};
    send(wire::DatagramKind::Heartbeat, pair.sender.id(), lie, wire::write_heartbeat, forged);
    // … while another asks for the same all the time.
    const wire::SequenceRange range{notes.newest() + 1, 60'000};
    wire::Nak nak;
    nak.publisher = pair.sender.id();
    nak.topic = topic;
    nak.missing = std::span(&range, 1);
    for (int i = 0; i < 1200; ++i) {
        send(kFake, nak);
        turn(1);
    }
    ASSERT_EQ(pair.receiver.streams().size(), 1u);
    EXPECT_EQ(pair.receiver.streams()[0].newest, notes.newest());
    EXPECT_EQ(pair.receiver.streams()[0].missing, 0u);
}

}  // namespace
}  // namespace mcast::node_test
