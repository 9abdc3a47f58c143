// Whatever arrives: it is counted by its cause, memory stays bounded, and the honest peer's data
// goes on.
#include <limits>

#include "base/random.hpp"
#include "tests/support/allocation_count.hpp"
#include "tests/unit/node/attacker.hpp"

namespace mcast::node_test {
namespace {

using wire::DatagramKind;

// Fewer where nothing is optimised or a sanitizer watches: the tests are to take two seconds.
#if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__)
constexpr std::uint64_t kFakeStreams = 1'000'000;
constexpr std::uint64_t kFakePeers = 100'000;
#else
constexpr std::uint64_t kFakeStreams = 20'000;
constexpr std::uint64_t kFakePeers = 4'000;
#endif
constexpr std::uint64_t kBatch = 200;
constexpr PeerId kFake{0xbad};

// An honest pair that goes on talking, and an attacker on the same cable.
struct Hostile : testing::Test {
    Pair pair;
    Attacker attacker{pair.link};
    Publisher<Note> notes = pair.sender.publisher<Note>("notes");
    Subscriber<Note> reader = pair.receiver.subscriber<Note>("notes");
    std::uint64_t published = 0;
    std::uint64_t delivered = 0;
    std::uint64_t forged = 0;

    Hostile() {
        pair.settle();
        talk();
    }
    ~Hostile() override {
        talk();
        EXPECT_EQ(delivered, published) << "the honest peer's data goes on";
    }
    // One honest message comes and goes, with whatever else has arrived.
    void talk() {
        publish(notes, ++published);
        pair.turn();
        reader.drain([&](const Sample<Note>& note) {
            if (note.peer() != pair.sender.id())
                ++forged;
            else if (note->getNumber() == published)
                ++delivered;
        });
        pair.receiver.drain_events([](const Event&) {});
        pair.sender.drain_events([](const Event&) {});
    }
    std::uint64_t dropped(DropCause cause) const { return pair.receiver.stats().dropped[cause]; }
    // What the next talk() adds to one cause.
    std::uint64_t drops(DropCause cause) {
        const std::uint64_t before = dropped(cause);
        talk();
        return dropped(cause) - before;
    }
    // A peer that has announced itself and may so send data.
    void introduce(PeerId id = kFake) {
        attacker.announce(id);
        talk();
    }
};

TEST_F(Hostile, DatagramsThatAreNotOursAreForeign) {
    attacker.send_bytes(Bytes{});
    attacker.send_bytes(Bytes(1));
    attacker.send_bytes(Bytes(63));
    attacker.send_bytes(Bytes(1472, std::byte{0xff}));
    Random random(1);
    Bytes noise(512);
    for (std::byte& byte : noise)
        byte = static_cast<std::byte>(random.next());
    attacker.send_bytes(noise);
    EXPECT_EQ(drops(DropCause::Foreign), 5u);
}

TEST_F(Hostile, AnOtherVersionDomainOrKindIsCountedAsThat) {
    Bytes bytes(wire::kHeaderSize);
    const auto write = [&](const wire::Header& header) {
        wire::write_header(std::span(bytes).first<wire::kHeaderSize>(), header);
    };
    write(Attacker::data(kFake, 1, 1, 0));
    wire::layout::store(bytes.data(), wire::layout::kVersionAt, std::uint8_t{2});
    attacker.send_bytes(bytes);
    EXPECT_EQ(drops(DropCause::OtherVersion), 1u);

    wire::Header other = Attacker::data(kFake, 1, 1, 0);
    other.domain = domain_id("ships");
    attacker.send(other);
    EXPECT_EQ(drops(DropCause::OtherDomain), 1u);

    attacker.send(Attacker::header(static_cast<DatagramKind>(200), kFake, 0));
    EXPECT_EQ(drops(DropCause::UnknownKind), 1u);
    attacker.send(Attacker::header(DatagramKind::Nak, kFake), Attacker::note(1));
    EXPECT_EQ(drops(DropCause::UnknownPeer), 1u);
}

TEST_F(Hostile, OurOwnIdentityIsIgnored) {
    attacker.send(Attacker::data(pair.receiver.id(), 1), Attacker::note(1));
    EXPECT_EQ(drops(DropCause::Own), 1u);
}

TEST_F(Hostile, HeadersThatContradictThemselvesAreMalformed) {
    attacker.send(Attacker::data(PeerId{0}, 1), Attacker::note(1));
    attacker.send(Attacker::data(kFake, 1, 1, 60'000), Attacker::note(1));
    EXPECT_EQ(drops(DropCause::MalformedHeader), 2u);
}

TEST_F(Hostile, DataOfAStrangerIsUnknown) {
    attacker.send(Attacker::data(kFake, 1), Attacker::note(1));
    EXPECT_EQ(drops(DropCause::UnknownPeer), 1u);
    EXPECT_EQ(forged, 0u);
}

TEST_F(Hostile, DataThatNobodyWantsIsNotSubscribed) {
    introduce();
    attacker.send(Attacker::data(kFake, 1, 0x1234), Attacker::note(1));
    EXPECT_EQ(drops(DropCause::NotSubscribed), 1u);
}

TEST_F(Hostile, AGetterThatThrowsIsCountedAndTheNextMessageIsRead) {
    introduce();
    const std::vector<Bytes> messages{Attacker::hostile_note(), Attacker::note(7),
                                      Attacker::hostile_note(), Attacker::note(8)};
    attacker.send(Attacker::data(kFake, 1, topic_id("notes", capnp::typeId<Note>()), 4), messages);
    EXPECT_EQ(drops(DropCause::MalformedMessage), 2u);
    EXPECT_EQ(forged, 2u);
    EXPECT_EQ(reader.stats().dropped[DropCause::MalformedMessage], 2u);
    EXPECT_EQ(reader.stats().delivered, delivered + forged);
}

TEST_F(Hostile, AbsurdSegmentTablesAreMalformed) {
    introduce();
    std::uint64_t sequence = 0;
    for (const std::uint32_t segments : {1u, 64u, 100'000u, 0xffffffffu}) {
        Bytes message = Attacker::note(1);
        wire::layout::store(message.data(), 0, segments);
        attacker.send(Attacker::data(kFake, ++sequence), message);
    }
    for (const std::uint32_t words : {0u, 5u, 0x1fffffffu, 0xffffffffu}) {
        Bytes message = Attacker::note(1);
        wire::layout::store(message.data(), 4, words);
        attacker.send(Attacker::data(kFake, ++sequence), message);
    }
    EXPECT_EQ(drops(DropCause::MalformedMessage), 8u);
    EXPECT_EQ(forged, 0u);
}

TEST_F(Hostile, AHonestDatagramCutAnywhereIsCounted) {
    introduce();
    Bytes whole(wire::kHeaderSize);
    for (int i = 0; i < 3; ++i) {
        const Bytes note = Attacker::note(1);
        whole.insert(whole.end(), note.begin(), note.end());
    }
    std::uint64_t sequence = 0;
    for (std::size_t size = 0; size < whole.size(); ++size) {
        wire::write_header(
            std::span(whole).first<wire::kHeaderSize>(),
            Attacker::data(kFake, ++sequence, topic_id("notes", capnp::typeId<Note>()), 3));
        const std::uint64_t before = pair.receiver.stats().received;
        const std::uint64_t foreign = dropped(DropCause::Foreign);
        const std::uint64_t header = dropped(DropCause::MalformedHeader);
        const std::uint64_t message = dropped(DropCause::MalformedMessage);
        attacker.send_bytes(std::span(whole).first(size));
        talk();
        ASSERT_GE(pair.receiver.stats().received, before + 1);
        const std::uint64_t counted = dropped(DropCause::Foreign) - foreign +
                                      dropped(DropCause::MalformedHeader) - header +
                                      dropped(DropCause::MalformedMessage) - message;
        ASSERT_GE(counted, 1u) << size;
        ASSERT_LE(counted, 3u) << size;
    }
}

TEST_F(Hostile, ReplayedDatagramsAreDeliveredOnce) {
    introduce();
    for (int i = 0; i < 10; ++i)
        attacker.send(Attacker::data(kFake, 5), Attacker::note(1));
    EXPECT_EQ(drops(DropCause::Duplicate), 9u);
    EXPECT_EQ(forged, 1u);
    attacker.send(Attacker::data(kFake, 200), Attacker::note(1));
    attacker.send(Attacker::data(kFake, 5), Attacker::note(1));
    EXPECT_EQ(drops(DropCause::Late), 1u);
    EXPECT_EQ(forged, 2u);
}

TEST_F(Hostile, AReplayDoesNotHideALoss) {
    introduce();
    for (const std::uint64_t sequence : {1u, 2u, 4u})
        attacker.send(Attacker::data(kFake, sequence), Attacker::note(1));
    for (std::uint64_t sequence = 5; sequence < 100; ++sequence)
        attacker.send(Attacker::data(kFake, sequence), Attacker::note(1));
    talk();
    EXPECT_EQ(reader.stats().lost, 1u);
    attacker.send(Attacker::data(kFake, 1), Attacker::note(1));
    EXPECT_EQ(drops(DropCause::Late), 1u);
    EXPECT_EQ(reader.stats().lost, 1u);
}

TEST_F(Hostile, AForgedSequenceDoesNotStallTheHonestStream) {
    // With the identity of the honest peer itself.
    for (const std::uint64_t sequence : {UINT64_MAX, UINT64_MAX - 1000, std::uint64_t{1} << 40}) {
        attacker.send(Attacker::data(pair.sender.id(), sequence), Attacker::note(0));
        EXPECT_EQ(drops(DropCause::Implausible), 1u);
    }
    attacker.send(Attacker::data(pair.sender.id(), 0), Attacker::note(0));
    EXPECT_EQ(drops(DropCause::Implausible), 1u);
}

TEST_F(Hostile, ATopicNameOf64KibibytesIsMalformed) {
    // As much of it as a datagram holds, and a length that promises the rest.
    Bytes message(1280);
    const std::vector<std::byte> name(1200, std::byte{'x'});
    wire::AnnouncedTopic topic{"x", 1, Delivery::BestEffort, true, false};
    wire::Announcement announcement;
    announcement.name = "fake";
    announcement.topics = std::span(&topic, 1);
    const std::size_t size = wire::write_announcement(message, announcement);
    ASSERT_GT(size, 0u);
    // The list of two bytes ("x" and its end) becomes one of 64 KiB; then of what there is.
    for (const std::uint32_t length : {65'536u + 1, 1200u + 1}) {
        bool found = false;
        Bytes forged_message = message;
        for (std::size_t at = 16; at + 8 <= size; at += 8) {
            const auto high = wire::layout::load<std::uint32_t>(message.data(), at + 4);
            const auto low = wire::layout::load<std::uint32_t>(message.data(), at);
            if ((low & 3) != 1 || high != (2u << 3 | 2u)) continue;
            wire::layout::store(forged_message.data(), at + 4, length << 3 | 2u);
            found = true;
        }
        ASSERT_TRUE(found);
        // The segment reaches to the end of the datagram.
        wire::layout::store(forged_message.data(), 4, std::uint32_t{1280 / 8 - 1});
        attacker.send(Attacker::header(DatagramKind::Announce, kFake), forged_message);
        EXPECT_EQ(drops(DropCause::MalformedControl), 1u) << length;
    }
    EXPECT_EQ(pair.receiver.peers().size(), 1u);
}

TEST_F(Hostile, ControlMessagesOfNonsenseAreMalformed) {
    introduce();
    for (const DatagramKind kind :
         {DatagramKind::Announce, DatagramKind::Bye, DatagramKind::Ping, DatagramKind::Pong}) {
        attacker.send(Attacker::header(kind, kFake), Attacker::hostile_note());
        EXPECT_EQ(drops(DropCause::MalformedControl), 1u) << static_cast<int>(kind);
    }
    attacker.send(Attacker::header(DatagramKind::Fragment, kFake), Attacker::note(1));
    EXPECT_EQ(drops(DropCause::NotSubscribed), 1u);
    wire::Header fragment = Attacker::data(kFake, 1);
    fragment.kind = DatagramKind::Fragment;
    attacker.send(fragment, Attacker::note(1));
    EXPECT_EQ(drops(DropCause::MalformedMessage), 1u);
}

TEST_F(Hostile, PingsBeyondTheBudgetAreNotAnswered) {
    Bytes ping(wire::kPingSize);
    ASSERT_EQ(wire::write_ping(ping, {1}), ping.size());
    const std::uint64_t before = pair.receiver.stats().sent;
    std::uint64_t refused = 0;
    // All within one instant.
    for (int batch = 0; batch < 5; ++batch) {
        for (std::uint64_t i = 0; i < kBatch; ++i)
            attacker.send(Attacker::header(DatagramKind::Ping, kFake), ping);
        pair.receiver.poll();
        pair.sender.poll();
    }
    refused = dropped(DropCause::RateLimit);
    EXPECT_EQ(pair.receiver.stats().sent - before, 5 * kBatch - refused);
    EXPECT_GE(refused, 5 * kBatch - 300);
    EXPECT_LT(refused, 5 * kBatch);
}

TEST_F(Hostile, APongThatNobodyAskedForIsLate) {
    introduce();
    Bytes pong(wire::kPingSize);
    for (const std::uint64_t token : {std::uint64_t{0}, std::uint64_t{1}, UINT64_MAX}) {
        ASSERT_EQ(wire::write_pong(pong, {token}), pong.size());
        attacker.send(Attacker::header(DatagramKind::Pong, kFake), pong);
        EXPECT_EQ(drops(DropCause::Late), 1u);
    }
}

TEST_F(Hostile, APongOfAnotherPeerIsNoAnswer) {
    introduce();
    const std::uint64_t token = pair.receiver.ping(pair.sender.id());
    Bytes pong(wire::kPingSize);
    ASSERT_EQ(wire::write_pong(pong, {token}), pong.size());
    attacker.send(Attacker::header(DatagramKind::Pong, kFake), pong);
    pair.receiver.poll();
    EXPECT_TRUE(of_kind(events_of(pair.receiver), EventKind::Pong).empty());
    EXPECT_EQ(dropped(DropCause::Late), 1u);
    pair.sender.poll();
    pair.receiver.poll();
    const auto pongs = of_kind(events_of(pair.receiver), EventKind::Pong);
    ASSERT_EQ(pongs.size(), 1u);
    EXPECT_EQ(pongs[0].peer, pair.sender.id());
}

TEST_F(Hostile, ByesOfStrangersAreIgnored) {
    Bytes bye(wire::bye_size({"gone"}));
    ASSERT_EQ(wire::write_bye(bye, {"gone"}), bye.size());
    attacker.send(Attacker::header(DatagramKind::Bye, kFake), bye);
    talk();
    EXPECT_EQ(pair.receiver.peers().size(), 1u);
}

TEST_F(Hostile, NobodySaysByeForAnother) {
    Bytes bye(wire::bye_size({"gone"}));
    ASSERT_EQ(wire::write_bye(bye, {"gone"}), bye.size());
    attacker.send(Attacker::header(DatagramKind::Bye, pair.sender.id()), bye);
    talk();
    EXPECT_EQ(pair.receiver.peers().size(), 1u);
    EXPECT_TRUE(of_kind(events_of(pair.receiver), EventKind::PeerDown).empty());
    EXPECT_EQ(dropped(DropCause::Spoofed), 1u);
}

TEST_F(Hostile, FakePeersStayWithinTheirLimitAndCostNoMemory) {
    std::uint64_t next = 1000;
    const auto flood = [&](std::uint64_t count) {
        for (std::uint64_t sent = 0; sent < count; sent += kBatch) {
            for (std::uint64_t i = 0; i < kBatch; ++i)
                attacker.announce(PeerId{++next});
            talk();
        }
    };
    flood(1000);
    const test::AllocationCount allocations;
    const std::uint64_t before = dropped(DropCause::PeerLimit);
    flood(kFakePeers);
    EXPECT_EQ(allocations.since(), 0u);
    EXPECT_LE(pair.receiver.peers().size(), Limits{}.peers_max);
    // Some replaced those that had gone silent meanwhile; nearly all found no place.
    EXPECT_GT(dropped(DropCause::PeerLimit) - before, kFakePeers * 9 / 10);
    EXPECT_EQ(notes.listeners(), 1u);
}

TEST_F(Hostile, FakeStreamsStayWithinTheirLimitAndCostNoMemory) {
    introduce();
    // One who takes any type is reached by 2^32 topics.
    auto all = pair.receiver.raw_subscriber("notes");
    const std::uint64_t name = topic_id("notes", kAnyType) & ~std::uint64_t{UINT32_MAX};
    std::uint64_t next = 0;
    const Bytes note = Attacker::note(1);
    const auto flood = [&](std::uint64_t count) {
        for (std::uint64_t sent = 0; sent < count; sent += kBatch) {
            for (std::uint64_t i = 0; i < kBatch; ++i)
                attacker.send(Attacker::data(kFake, 1, name | ++next), note);
            talk();
            all.drain([](const RawSample&) {});
        }
    };
    flood(2000);
    const test::AllocationCount allocations;
    const std::uint64_t before = dropped(DropCause::StreamLimit);
    flood(kFakeStreams);
    EXPECT_EQ(allocations.since(), 0u);
    EXPECT_EQ(dropped(DropCause::StreamLimit) - before, kFakeStreams);
}

TEST_F(Hostile, StrangersDoNotMakeUsAnnounceWithoutEnd) {
    const std::uint64_t before = pair.receiver.stats().announcements_sent;
    const Instant start = pair.link.now();
    std::uint64_t next = 1000;
    for (std::uint64_t sent = 0; sent < 10'000; sent += kBatch) {
        for (std::uint64_t i = 0; i < kBatch; ++i)
            attacker.send(Attacker::data(PeerId{++next}, 1), Attacker::note(1));
        talk();
    }
    const auto seconds = static_cast<std::uint64_t>((pair.link.now() - start) / 1s);
    // The budget of replies, and one for each interval, beside the regular ones.
    EXPECT_LE(pair.receiver.stats().announcements_sent - before, 16 + 3 * (seconds + 1));
}

TEST_F(Hostile, TopicsOfAFakePeerStayWithinTheirLimit) {
    std::vector<std::string> names;
    for (int i = 0; i < 20; ++i)
        names.push_back("topic " + std::to_string(i));
    for (std::uint32_t revision = 1; revision <= 50; ++revision) {
        std::vector<wire::AnnouncedTopic> topics;
        for (const std::string& name : names)
            topics.push_back({name, revision, Delivery::BestEffort, true, true});
        attacker.announce(kFake, topics, revision);
        talk();
    }
    for (const PeerInfo& info : pair.receiver.peers())
        EXPECT_LE(info.topics.size(), Limits{}.topics_per_peer_max);
}

}  // namespace
}  // namespace mcast::node_test
