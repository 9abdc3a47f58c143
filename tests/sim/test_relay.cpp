// Relays between simulated LANs: everything passes, once.
#include "relay_world.hpp"

namespace worlds {
namespace {

TEST_F(RelayWorld, PeersBehindARelayArePeersAndTheRelayIsNamed) {
    Node& pad = node("pad", "left");
    Node& tv = node("tv", "right");
    relay("attic", {"left", "right"});
    ASSERT_TRUE(find_each_other(3s, 2));
    const auto peers = pad.peers();
    const mcast::PeerInfo* seen = find(peers, "tv");
    const mcast::PeerInfo* attic = find(peers, "attic");
    ASSERT_TRUE(seen != nullptr && attic != nullptr);
    EXPECT_EQ(seen->id, tv.id());
    EXPECT_EQ(seen->relay, attic->id);
    ASSERT_FALSE(seen->paths.empty());
    EXPECT_EQ(seen->paths[0].hops, 1);
    EXPECT_EQ(attic->paths[0].hops, 0);
    EXPECT_EQ(attic->relay, mcast::PeerId{});
}

TEST_F(RelayWorld, CarriesEachDatagramOnceAsItIs) {
    Node& pad = node("pad", "left");
    Node& tv = node("tv", "right");
    node("bystander", "third");
    Copies copies;
    lan_.on_send(Copies::on_send, &copies);
    relay("attic", {"left", "right", "third"});
    Talk talk(pad, tv, {});
    ASSERT_TRUE(find_each_other(3s, 3));
    run(100ms);
    run(1s, [&] { talk.say(), talk.hear(); });
    run(100ms, [&] { talk.hear(); });
    EXPECT_TRUE(talk.whole()) << talk.heard.size() << " of " << talk.said;
    EXPECT_EQ(copies.most(), 1);
    for (const auto& [key, count] : copies.sent)
        EXPECT_NE(std::get<3>(key), 3) << "nobody subscribes there";
}

TEST_F(RelayWorld, PingCrosses) {
    Node& pad = node("pad", "left");
    Node& tv = node("tv", "right");
    relay("attic", {"left", "right"});
    ASSERT_TRUE(find_each_other(3s, 2));
    ASSERT_NE(pad.ping(tv.id()), 0u);
    bool answered = false;
    run(50ms, [&] {
        pad.drain_events([&](const mcast::Event& event) {
            answered = answered || (event.kind == mcast::EventKind::Pong && event.peer == tv.id());
        });
    });
    EXPECT_TRUE(answered);
}

TEST_F(RelayWorld, ByeCrosses) {
    Node& pad = node("pad", "left");
    node("tv", "right");
    relay("attic", {"left", "right"});
    ASSERT_TRUE(find_each_other(3s, 2));
    nodes_.pop_back();
    run(50ms);
    EXPECT_EQ(find(pad.peers(), "tv"), nullptr);
}

TEST_F(RelayWorld, ReliableStreamsAreWholeAndRepairedByTheRelay) {
    lan_.set_faults("left", {.loss = 0.02});
    lan_.set_faults("right", {.loss = 0.1});
    Node& pad = node("pad", "left");
    Node& tv = node("tv", "right");
    Relay& attic = relay("attic", {"left", "right"});
    Talk talk(pad, tv, {.delivery = Delivery::Reliable});
    ASSERT_TRUE(find_each_other(5s, 2));
    run(2s, [&] { talk.hear(); });
    run(3s, [&] { talk.say(), talk.hear(); });
    run(3s, [&] { talk.hear(); });
    EXPECT_TRUE(talk.whole()) << talk.heard.size() << " of " << talk.said;
    EXPECT_EQ(talk.publisher.acknowledged(), talk.publisher.newest());
    std::uint64_t repairs = 0;
    for (const auto& route : attic.forwarder().routes().all())
        repairs += route.repairs;
    EXPECT_GT(repairs, 100u);  // a tenth of 3000 was lost behind it
}

TEST_F(RelayWorld, APublisherThatComesAgainIsRepairedWithItsOwnDatagrams) {
    node("pad", "left");
    Node& tv = node("tv", "right");
    relay("attic", {"left", "right"});
    for (int life = 0; life < 3; ++life) {
        nodes_.front().reset();
        lan_.set_faults("right", {});
        auto opened =
            Node::open(options_of("pad"), lan_.host("pad", {{.name = "e0", .network = "left"}}));
        ASSERT_TRUE(opened);
        nodes_.front() = std::make_unique<Node>(std::move(*opened));
        Talk talk(*nodes_.front(), tv, {.delivery = Delivery::Reliable});
        ASSERT_TRUE(find_each_other(5s, 2));
        run(500ms, [&] { talk.hear(); });
        lan_.set_faults("right", {.loss = 0.2});
        run(300ms, [&] { talk.say(), talk.hear(); });
        run(1s, [&] { talk.hear(); });
        EXPECT_TRUE(talk.whole()) << talk.heard.size() << " of " << talk.said;
    }
}

TEST_F(RelayWorld, AnInterfaceThatIsBusyHoldsUpNoOtherAndGetsTheNewest) {
    Node& pad = node("pad", "left");
    Node& tv = node("tv", "slow");
    Node& pc = node("pc", "fast");
    Relay& attic = relay("attic", {"left", "slow", "fast"});
    Talk state(pad, tv, {.delivery = Delivery::Latest}, "state");
    Talk news(pad, tv, {}, "news");
    Talk both(pad, pc, {.delivery = Delivery::Latest}, "state");
    Talk ticks(pad, pc, {});
    ASSERT_TRUE(find_each_other(3s, 3));
    run(100ms);
    busy_ = attic.node().membership().links()[1].index();
    run(1s, [&] {
        state.say(), news.say(), ticks.say();
        state.hear(), news.hear(), both.hear(), ticks.hear();
    });
    run(10ms, [&] { ticks.hear(), both.hear(); });
    EXPECT_TRUE(ticks.whole()) << ticks.heard.size() << " of " << ticks.said;
    EXPECT_EQ(both.heard.size(), state.said);
    EXPECT_EQ(state.heard.size() + news.heard.size(), 0u);
    // News waited until there was no room; of the state the newest waits.
    const std::uint64_t stale = dropped(attic, CarryDrop::Stale);
    EXPECT_GT(dropped(attic, CarryDrop::QueueFull), 500u);
    EXPECT_GT(stale, 500u);
    busy_ = {};
    run(10ms, [&] { state.hear(), news.hear(); });
    ASSERT_FALSE(state.heard.empty());
    EXPECT_EQ(state.heard.back(), state.said);
    EXPECT_LT(state.heard.size(), 300u);
    EXPECT_EQ(dropped(attic, CarryDrop::Stale), stale);
}

// The kernel does not hand a relay what it multicasts itself, unless somebody beside it listens.
TEST_F(RelayWorld, ANodeOfTheRelaysOwnMachineHearsWhatIsCarriedToItsNetwork) {
    Node& pad = node("pad", "left");
    Node& tv = node("tv", "right");
    Relay& attic = relay("attic", {"left", "right"});
    Talk talk(pad, tv, {});
    ASSERT_TRUE(find_each_other(3s, 2));
    run(100ms);
    const auto own = [&] { return attic.node().context().stats.dropped[mcast::DropCause::Own]; };
    const std::uint64_t before = own();
    run(500ms, [&] { talk.say(), talk.hear(); });
    run(10ms, [&] { talk.hear(); });
    EXPECT_TRUE(talk.whole());
    EXPECT_LT(own() - before, 50u) << "broadcast announcements only";

    auto options = options_of("beside");
    options.interfaces = {"e1"};
    auto opened = Node::open(options, lan_.join_host("attic"));
    ASSERT_TRUE(opened);
    Node& beside = *nodes_.emplace_back(std::make_unique<Node>(std::move(*opened)));
    Talk other(pad, beside, {}, "tocks");
    ASSERT_TRUE(find_each_other(3s, 3));
    run(100ms);
    run(500ms, [&] { other.say(), other.hear(); });
    run(10ms, [&] { other.hear(); });
    EXPECT_TRUE(other.whole()) << other.heard.size() << " of " << other.said;
}

TEST_F(RelayWorld, ChainOfRelaysCarriesToTheEnd) {
    Node& pad = node("pad", "one");
    Node& tv = node("tv", "four");
    relay("a", {"one", "two"});
    relay("b", {"two", "three"});
    relay("c", {"three", "four"});
    Talk talk(pad, tv, {.delivery = Delivery::Reliable});
    ASSERT_TRUE(find_each_other(5s, 4));
    run(1s, [&] { talk.say(), talk.hear(); });
    run(500ms, [&] { talk.hear(); });
    EXPECT_TRUE(talk.whole());
    const auto peers = pad.peers();
    EXPECT_EQ(find(peers, "tv")->paths[0].hops, 3);
}

TEST_F(RelayWorld, HopLimitEndsTheWay) {
    Node& pad = node("pad", "one");
    node("tv", "three");
    relay("a", {"one", "two"}, {.hops_max = 1});
    relay("b", {"two", "three"}, {.hops_max = 1});
    run(3s);
    EXPECT_EQ(find(pad.peers(), "tv"), nullptr);
}

// As over a VPN or a router: nothing but unicast passes between the relays.
TEST_F(RelayWorld, RelaysThatKnowEachOtherAsStaticPeersMeetByUnicast) {
    lan_.filter_multicast("wan", true);
    Node& pad = node("pad", "left");
    Node& tv = node("tv", "right");
    Relay& one = relay("one", {"left", "wan"});
    relay("two", {"wan", "right"}, {}, {address_of(one, 1)});
    Talk talk(pad, tv, {.delivery = Delivery::Reliable});
    ASSERT_TRUE(find_each_other(8s, 3));
    run(500ms);
    run(1s, [&] { talk.say(), talk.hear(); });
    run(1s, [&] { talk.hear(); });
    EXPECT_TRUE(talk.whole()) << talk.heard.size() << " of " << talk.said;
}

// The other relay behind the router says no hello on our LAN, and is there all the same.
TEST_F(RelayWorld, ARelayThatLeavesTakesNoWaysOfOthersWithIt) {
    lan_.filter_multicast("wan", true);
    Node& pad = node("pad", "left");
    Node& tv = node("tv", "right");
    Relay& one = relay("one", {"left", "wan"});
    relay("two", {"wan", "right"}, {}, {address_of(one, 1)});
    relay("extra", {"left", "third"});
    Talk talk(pad, tv, {});
    ASSERT_TRUE(find_each_other(8s, 4));
    run(1s, [&] { talk.hear(); });
    run(100ms, [&] { talk.say(), talk.hear(); });
    relays_.pop_back();  // says bye
    run(500ms, [&] { talk.say(), talk.hear(); });
    run(10ms, [&] { talk.hear(); });
    EXPECT_TRUE(talk.whole()) << talk.heard.size() << " of " << talk.said;
}

// Both ask the next relay, which asks this one, for the same; each is answered by name.
TEST_F(RelayWorld, TwoWhoMissTheSameBehindAnotherRelayEachGetIt) {
    Node& pad = node("pad", "left");
    Node& tv = node("tv", "right");
    Node& pc = node("pc", "right");
    relay("one", {"left", "mid"});
    relay("two", {"mid", "right"});
    Talk talk(pad, tv, {.delivery = Delivery::Reliable});
    auto other = pc.subscriber<Tick>("ticks", {.delivery = Delivery::Reliable});
    ASSERT_TRUE(find_each_other(5s, 4));
    run(2s, [&] { talk.hear(); });
    static std::map<std::pair<std::uint64_t, int>, std::map<std::uint16_t, int>> repairs;
    lan_.on_send(
        [](void*, const mcast::Datagram& datagram) {
            const auto parsed = mcast::wire::parse_header(datagram.buffer.bytes());
            if (!parsed || datagram.way != mcast::Way::Unicast ||
                (parsed.header.flags & mcast::wire::kFlagRepair) == 0)
                return;
            const int network = static_cast<int>(datagram.source.address.bytes()[1]);
            ++repairs[{parsed.header.sequence, network}][parsed.header.receiver];
        },
        nullptr);
    lan_.set_faults("mid", {.loss = 1});
    run(10ms, [&] { talk.say(), talk.hear(); });
    lan_.set_faults("mid", {});
    run(500ms, [&] { talk.say(), talk.hear(), other.drain([](const auto&) {}); });
    run(100ms, [&] { talk.hear(); });
    EXPECT_TRUE(talk.whole()) << talk.heard.size() << " of " << talk.said;
    std::size_t to_both = 0;
    for (const auto& [what, receivers] : repairs) {
        to_both += receivers.size() == 2 ? 1 : 0;
        for (const auto& [receiver, count] : receivers)
            EXPECT_EQ(count, 1) << "datagram " << what.first << " to " << receiver;
    }
    EXPECT_GE(to_both, 5u);
}

TEST_F(RelayWorld, AnInterfaceThatIsDeselectedLosesNothingOfWhatAnotherHears) {
    Node& pad = node("pad", "left");
    Node& tv = node("tv", "right");
    Relay& attic = relay("attic", {"left", "right", "right"});
    Talk talk(pad, tv, {});
    ASSERT_TRUE(find_each_other(3s, 2));
    run(1s, [&] { talk.hear(); });
    for (const char* other : {"e2", "e1"}) {
        attic.node().select(
            *mcast::InterfaceSelection::parse(std::array<std::string, 3>{"e0", "e1", "e2"}));
        run(2s, [&] { talk.say(), talk.hear(); });
        attic.node().select(
            *mcast::InterfaceSelection::parse(std::array<std::string, 2>{"e0", other}));
        run(500ms, [&] { talk.say(), talk.hear(); });
    }
    run(10ms, [&] { talk.hear(); });
    // But for what an interface that is left has under way.
    EXPECT_GE(talk.heard.size() + 2, talk.said);
}

TEST_F(RelayWorld, RingOfRelaysIsNoLoop) {
    Node& pad = node("pad", "one");
    Node& tv = node("tv", "two");
    Node& pc = node("pc", "three");
    relay("a", {"one", "two"});
    relay("b", {"two", "three"});
    relay("c", {"three", "one"});
    Talk talk(pad, tv, {});
    Talk other(tv, pc, {}, "tocks");
    ASSERT_TRUE(find_each_other(3s, 5));
    run(3s, [&] { talk.hear(), other.hear(); });
    Copies copies;
    lan_.on_send(Copies::on_send, &copies);
    run(1s, [&] { talk.say(), talk.hear(), other.say(), other.hear(); });
    run(50ms, [&] { talk.hear(), other.hear(); });
    EXPECT_TRUE(talk.whole());
    EXPECT_TRUE(other.whole());
    EXPECT_EQ(copies.most(), 1);
    // And it is quiet when nobody speaks: announcements and hellos, nothing that goes round.
    const std::uint64_t before = lan_.counters().sent;
    run(2s);
    EXPECT_LT(lan_.counters().sent - before, 600u);
}

TEST_F(RelayWorld, ClientsThatAreKeptApartMeetThroughARelayOnTheSameNetwork) {
    Node& pad = node("pad", "wifi");
    Node& tv = node("tv", "wifi");
    lan_.partition("pad", "tv");
    Relay& attic = relay("attic", {"wifi"}, {.reflect = {"e0"}});
    Talk talk(pad, tv, {.delivery = Delivery::Reliable});
    ASSERT_TRUE(find_each_other(3s, 2));
    run(100ms);
    run(1s, [&] { talk.say(), talk.hear(); });
    run(500ms, [&] { talk.hear(); });
    EXPECT_TRUE(talk.whole()) << talk.heard.size() << " of " << talk.said;
    EXPECT_GT(attic.forwarder().flows().size(), 0u);
}

}  // namespace
}  // namespace worlds
