// A relay among those who mean it no good: forged hops, floods, false relays. Honest streams go on.
#include <array>
#include <cstdint>

#include "base/random.hpp"
#include "mcast/topic.hpp"
#include "relay_world.hpp"
#include "wire/control.hpp"
#include "wire/relay_control.hpp"

namespace worlds {
namespace {

// pad on the left, a relay, tv on the right; and somebody on the left who sends what he likes.
class HostileRelay : public testing::Test {
protected:
    HostileRelay() {
        pad_ = open("pad", "left");
        tv_ = open("tv", "right");
        mcast::relay::ForwarderOptions options;
        options.flows_max = 64;
        auto relay = Relay::open(options_of("attic"), options,
                                 lan_.host("attic", {{.name = "e0", .network = "left"},
                                                     {.name = "e1", .network = "right"}}));
        EXPECT_TRUE(relay);
        relay_ = std::move(*relay);
        attacker_ = lan_.host("attacker", {{.name = "e0", .network = "left"}});
        attacker_.interfaces->poll();
        EXPECT_TRUE(attacker_.transport->attach(attacker_.interfaces->interfaces()[0]));
        ticks_ = pad_->publisher<Tick>("ticks");
        heard_ = tv_->subscriber<Tick>("ticks");
        run(2s);
        EXPECT_EQ(ticks_.listeners(), 1u);
    }
    std::unique_ptr<Node> open(const char* name, const char* network) {
        auto node =
            Node::open(options_of(name), lan_.host(name, {{.name = "e0", .network = network}}));
        EXPECT_TRUE(node);
        return std::make_unique<Node>(std::move(*node));
    }
    void run(mcast::Duration duration) {
        for (mcast::Duration t{}; t < duration; t += 1ms) {
            lan_.advance(1ms);
            pad_->poll(), tv_->poll(), relay_->poll();
        }
    }
    // As many messages of pad as reach tv, of a hundred.
    std::uint64_t honest() {
        std::uint64_t count = 0;
        for (std::uint64_t i = 0; i < 100; ++i) {
            if (auto loan = ticks_.loan()) {
                loan->root().setNumber(++said_);
                loan->publish();
            }
            run(1ms);
        }
        run(10ms);
        heard_.drain([&](const mcast::Sample<Tick>& tick) {
            count += tick->getNumber() == heard_last_ + 1 ? 1 : 0;
            heard_last_ = tick->getNumber();
        });
        return count;
    }
    // To the announcements' group, or to the relay alone.
    void send(const mcast::wire::Header& header, std::span<const std::byte> body, bool unicast) {
        mcast::Datagram datagram;
        datagram.buffer = attacker_.transport->allocate();
        ASSERT_TRUE(datagram.buffer);
        mcast::wire::write_header(std::span<std::byte, mcast::wire::kHeaderSize>(
                                      datagram.buffer.data(), mcast::wire::kHeaderSize),
                                  header);
        std::copy(body.begin(), body.end(), datagram.buffer.data() + mcast::wire::kHeaderSize);
        datagram.buffer.resize(static_cast<std::uint32_t>(mcast::wire::kHeaderSize + body.size()));
        datagram.interface = attacker_.interfaces->interfaces()[0].index;
        const auto& links = relay_->node().membership().links();
        if (unicast) {
            datagram.way = mcast::Way::Unicast;
            datagram.destination = *relay_->node().context().transport().unicast_endpoint(
                links[0].index(), mcast::Family::Ipv4);
        } else {
            datagram.destination =
                mcast::announce_group("default", mcast::Family::Ipv4, mcast::kPort);
        }
        EXPECT_EQ(attacker_.transport->send(std::span(&datagram, 1)), 1u);
    }
    mcast::wire::Header header(mcast::wire::DatagramKind kind, mcast::PeerId origin) {
        mcast::wire::Header made;
        made.kind = kind;
        made.domain = mcast::domain_id("default");
        made.origin = origin;
        made.message_count = 1;
        made.sequence = ++sequence_;
        return made;
    }
    std::uint64_t dropped(CarryDrop cause) {
        std::uint64_t count = 0;
        for (const auto& route : relay_->forwarder().routes().all())
            count += route.dropped[static_cast<std::size_t>(cause)];
        return count;
    }
    std::uint64_t forwarded() {
        std::uint64_t count = 0;
        for (const auto& route : relay_->forwarder().routes().all())
            count += route.datagrams;
        return count;
    }

    mcast::sim::Lan lan_{5};
    std::unique_ptr<Node> pad_, tv_;
    std::unique_ptr<Relay> relay_;
    mcast::Host attacker_;
    mcast::Publisher<Tick> ticks_;
    mcast::Subscriber<Tick> heard_;
    std::uint64_t said_ = 0;
    std::uint64_t heard_last_ = 0;
    std::uint64_t sequence_ = 1'000'000;
};

constexpr std::array<std::byte, 64> kZeros{};

TEST_F(HostileRelay, ForgedHopsLeadNowhere) {
    EXPECT_EQ(honest(), 100u);
    const std::uint64_t before = forwarded();
    for (int hops = 1; hops <= 255; ++hops) {
        auto forged = header(mcast::wire::DatagramKind::Data, pad_->id());
        forged.topic = mcast::topic_id("ticks", capnp::typeId<Tick>());
        forged.hops = static_cast<std::uint8_t>(hops);
        send(forged, kZeros, true);
        run(1ms);
    }
    EXPECT_LT(forwarded() - before, 10u) << "announcements only";
    EXPECT_EQ(dropped(CarryDrop::Elsewhere), 255u);
    EXPECT_EQ(honest(), 100u);
}

TEST_F(HostileRelay, AFloodOfStrangersAndOfTopicsStopsNobody) {
    mcast::Random random(9);
    for (int i = 0; i < 3000; ++i) {
        auto forged = header(mcast::wire::DatagramKind::Data, mcast::PeerId{random.next() | 1});
        forged.topic = random.next();
        send(forged, kZeros, true);
        // In the name of one that is known: each topic is a flow.
        forged.origin = pad_->id();
        send(forged, kZeros, true);
        if (i % 50 == 0) run(1ms);
    }
    EXPECT_LE(relay_->forwarder().flows().size(), 64u);
    run(3s);
    EXPECT_EQ(honest(), 100u);
    EXPECT_GT(dropped(CarryDrop::FlowLimit), 0u);
}

TEST_F(HostileRelay, WhoIsNotKnownOrSpeaksForAnotherSilencesNoRelay) {
    for (const mcast::PeerId origin : {mcast::PeerId{1}, pad_->id()}) {
        for (std::uint32_t link = 1; link <= 2; ++link) {
            alignas(8) std::array<std::byte, 256> room{};
            const std::array<std::uint64_t, 1> keys{~std::uint64_t{0}};
            const std::size_t size = mcast::wire::write_relay_hello(room, {link, keys});
            send(header(mcast::wire::DatagramKind::RelayHello, origin), std::span(room).first(size),
                 false);
        }
        run(5ms);
    }
    EXPECT_EQ(relay_->forwarder().election().count({1}), 0u);
    EXPECT_EQ(honest(), 100u);
}

TEST_F(HostileRelay, NobodySaysByeForAnother) {
    alignas(8) std::array<std::byte, 256> room{};
    const std::size_t size = mcast::wire::write_bye(room, {"gone"});
    ASSERT_GT(size, 0u);
    const std::uint64_t before = forwarded();
    send(header(mcast::wire::DatagramKind::Bye, pad_->id()), std::span(room).first(size), false);
    run(5ms);
    EXPECT_EQ(forwarded(), before);
    EXPECT_EQ(relay_->node().context().stats.dropped[mcast::DropCause::Spoofed], 1u);
    EXPECT_EQ(honest(), 100u);
}

TEST_F(HostileRelay, GarbageOfEveryKindIsCountedAndPassedOnToNobody) {
    mcast::Random random(3);
    const std::uint64_t before = forwarded();
    for (int i = 0; i < 5000; ++i) {
        std::array<std::byte, 200> body;
        for (std::byte& byte : body)
            byte = static_cast<std::byte>(random.next());
        // One after the other: compilers differ in the order of arguments.
        const auto kind = static_cast<mcast::wire::DatagramKind>(2 + random.next() % 12);
        auto forged = header(kind, random.next() % 2 == 0 ? pad_->id() : mcast::PeerId{77});
        if (forged.kind == mcast::wire::DatagramKind::Bye) continue;  // an honest one ends a peer
        forged.receiver = 0;
        send(forged, body, random.next() % 2 == 0);
        if (i % 20 == 0) run(1ms);
    }
    run(2s);
    // A few announcements: strangers make everybody show itself again.
    EXPECT_LT(forwarded() - before, 100u);
    EXPECT_EQ(honest(), 100u);
}

TEST_F(HostileRelay, WhatIsForNobodyIsCounted) {
    auto forged = header(mcast::wire::DatagramKind::Ping, pad_->id());
    forged.receiver = 1;
    while (forged.receiver == mcast::wire::receiver_tag(tv_->id()) ||
           forged.receiver == mcast::wire::receiver_tag(relay_->node().context().self))
        ++forged.receiver;
    send(forged, kZeros, true);
    run(5ms);
    EXPECT_EQ(dropped(CarryDrop::NoReceiver), 1u);
}

// Of peers that say they are many, with receiver tags that are the same.
TEST_F(HostileRelay, WhoHasManyNamesGetsOneCopy) {
    static std::size_t pings = 0;
    for (std::uint64_t i = 0; i < 20; ++i) {
        alignas(8) std::array<std::byte, 256> room{};
        mcast::wire::Announcement hello;
        hello.name = "many";
        hello.interval = 1s;
        const std::size_t size = mcast::wire::write_announcement(room, hello);
        send(header(mcast::wire::DatagramKind::Announce, mcast::PeerId{(i + 1) << 16 | 77}),
             std::span(room).first(size), false);
    }
    run(5ms);
    lan_.on_send(
        [](void*, const mcast::Datagram& datagram) {
            const auto parsed = mcast::wire::parse_header(datagram.buffer.bytes());
            pings += parsed && parsed.header.kind == mcast::wire::DatagramKind::Ping ? 1 : 0;
        },
        nullptr);
    ASSERT_NE(tv_->ping(mcast::PeerId{1 << 16 | 77}), 0u);
    run(5ms);
    EXPECT_EQ(pings, 2u);  // to the relay, and on
}

}  // namespace
}  // namespace worlds
