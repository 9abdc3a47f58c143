// Relays between simulated LANs: everything passes, once, and goes on when one of them is gone.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "mcast/node.hpp"
#include "mcast/sim.hpp"
#include "relay/relay.hpp"
#include "tests/sim/world.capnp.h"
#include "wire/header.hpp"

namespace worlds {
namespace {

using namespace std::chrono_literals;
using mcast::Delivery;
using mcast::Duration;
using mcast::Node;
using mcast::relay::Relay;

mcast::NodeOptions options_of(std::string name) {
    mcast::NodeOptions options;
    options.name = std::move(name);
    options.ipv6 = false;
    options.log = [](mcast::LogLevel, std::string_view) {};
    return options;
}

// How often each datagram of a stream was sent on each network: by relays, or by its origin.
struct Copies {
    using Key = std::tuple<std::uint64_t, std::uint64_t, std::uint64_t, int>;
    std::map<Key, int> sent;  // origin, topic, sequence, network → copies

    static void on_send(void* context, const mcast::Datagram& datagram) {
        const auto parsed = mcast::wire::parse_header(datagram.buffer.bytes());
        if (!parsed || parsed.header.kind != mcast::wire::DatagramKind::Data) return;
        const int network = static_cast<int>(datagram.source.address.bytes()[1]);
        ++static_cast<Copies*>(context)->sent[{parsed.header.origin.value, parsed.header.topic,
                                               parsed.header.sequence, network}];
    }
    [[nodiscard]] int most() const {
        int most = 0;
        for (const auto& [key, count] : sent)
            most = std::max(most, count);
        return most;
    }
};

class RelayWorld : public testing::Test {
protected:
    RelayWorld() : lan_(7, {.transmit_buffer_count = 1024, .receive_buffer_count = 2048}) {}

    Node& node(const std::string& name, const std::vector<mcast::sim::Port>& ports,
               mcast::NodeOptions options) {
        auto opened = Node::open(options, lan_.host(name, ports));
        EXPECT_TRUE(opened) << opened.error().what;
        return *nodes_.emplace_back(std::make_unique<Node>(std::move(*opened)));
    }
    Node& node(const std::string& name, const std::string& network) {
        return node(name, {{.name = "e0", .network = network}}, options_of(name));
    }
    Relay& relay(const std::string& name, const std::vector<std::string>& networks,
                 mcast::relay::ForwarderOptions options = {}) {
        std::vector<mcast::sim::Port> ports;
        for (const std::string& network : networks)
            ports.push_back({.name = "e" + std::to_string(ports.size()), .network = network});
        auto opened = Relay::open(options_of(name), options, lan_.host(name, ports));
        EXPECT_TRUE(opened) << opened.error().what;
        return *relays_.emplace_back(std::move(*opened));
    }
    void turn() {
        lan_.advance(1ms);
        for (const auto& node : nodes_)
            node->poll();
        for (const auto& relay : relays_)
            if (relay) relay->poll();
    }
    void run(Duration duration, const std::function<void()>& each = {}) {
        for (Duration t{}; t < duration; t += 1ms) {
            turn();
            if (each) each();
        }
    }
    bool find_each_other(Duration within, std::size_t count) {
        for (Duration t{}; t < within; t += 1ms) {
            turn();
            bool all = true;
            for (const auto& node : nodes_)
                all = all && node->peers().size() >= count;
            if (all) return true;
        }
        return false;
    }

    mcast::sim::Lan lan_;
    std::vector<std::unique_ptr<Node>> nodes_;
    std::vector<std::unique_ptr<Relay>> relays_;
};

const mcast::PeerInfo* find(const std::vector<mcast::PeerInfo>& peers, const std::string& name) {
    for (const mcast::PeerInfo& peer : peers)
        if (peer.name == name) return &peer;
    return nullptr;
}

// Publishes numbers and keeps what comes.
struct Talk {
    Talk(Node& from, Node& to, mcast::Qos qos, const char* topic = "ticks")
        : publisher(from.publisher<Tick>(topic, qos)),
          subscriber(to.subscriber<Tick>(topic, qos)) {}
    bool say() {
        auto loan = publisher.loan();
        if (!loan) return false;
        loan->root().setNumber(++said);
        loan->publish();
        return true;
    }
    void hear() {
        subscriber.drain(
            [&](const mcast::Sample<Tick>& tick) { heard.push_back(tick->getNumber()); });
    }
    // Each once and in order, from `first` to the last.
    [[nodiscard]] bool whole(std::uint64_t first = 1) const {
        if (heard.empty() || heard.front() > first || heard.back() != said) return false;
        for (std::size_t i = 1; i < heard.size(); ++i)
            if (heard[i] != heard[i - 1] + 1) return false;
        return true;
    }

    mcast::Publisher<Tick> publisher;
    mcast::Subscriber<Tick> subscriber;
    std::uint64_t said = 0;
    std::vector<std::uint64_t> heard;
};

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
    const auto& links = one.node().membership().links();
    const auto endpoint =
        one.node().context().transport().unicast_endpoint(links[1].index(), mcast::Family::Ipv4);
    ASSERT_TRUE(endpoint);
    auto options = options_of("two");
    options.peers = {to_string(*endpoint)};
    auto two = Relay::open(
        options, {},
        lan_.host("two", {{.name = "e0", .network = "wan"}, {.name = "e1", .network = "right"}}));
    ASSERT_TRUE(two);
    relays_.push_back(std::move(*two));
    Talk talk(pad, tv, {.delivery = Delivery::Reliable});
    ASSERT_TRUE(find_each_other(8s, 3));
    run(500ms);
    run(1s, [&] { talk.say(), talk.hear(); });
    run(1s, [&] { talk.hear(); });
    EXPECT_TRUE(talk.whole()) << talk.heard.size() << " of " << talk.said;
}

// Two, three and four in parallel: one copy on each LAN, and one takes over when one is killed.
class ParallelRelays : public RelayWorld, public testing::WithParamInterface<int> {};

TEST_P(ParallelRelays, MakeOneCopyAndTakeOver) {
    Node& pad = node("pad", "left");
    Node& tv = node("tv", "right");
    for (int i = 0; i < GetParam(); ++i)
        relay("relay-" + std::to_string(i), {"left", "right"});
    Talk talk(pad, tv, {});
    ASSERT_TRUE(find_each_other(3s, 1 + static_cast<std::size_t>(GetParam())));
    run(1s, [&] { talk.hear(); });
    Copies copies;
    lan_.on_send(Copies::on_send, &copies);
    run(1s, [&] { talk.say(), talk.hear(); });
    run(50ms, [&] { talk.hear(); });
    EXPECT_TRUE(talk.whole());
    EXPECT_EQ(copies.most(), 1);

    // The one that carries is killed: it says no bye, since its ports are gone.
    std::size_t elected = 0;
    for (std::size_t i = 1; i < relays_.size(); ++i)
        if (relays_[i]->node().context().self < relays_[elected]->node().context().self)
            elected = i;
    lan_.interface_down("relay-" + std::to_string(elected), "e0");
    lan_.interface_down("relay-" + std::to_string(elected), "e1");
    const std::uint64_t before = talk.said;
    Duration gap{};
    run(3s, [&] {
        talk.say(), talk.hear();
        if (talk.heard.back() <= before) gap += 1ms;
    });
    run(50ms, [&] { talk.hear(); });
    std::printf("%d relays: taken over within %lld ms\n", GetParam(),
                static_cast<long long>(gap / 1ms));
    EXPECT_LE(gap, 1s);
    EXPECT_EQ(talk.heard.back(), talk.said);
    EXPECT_EQ(copies.most(), 1);
}

TEST_P(ParallelRelays, LoseNothingOfAReliableStreamWhenOneIsKilled) {
    Node& pad = node("pad", "left");
    Node& tv = node("tv", "right");
    for (int i = 0; i < GetParam(); ++i)
        relay("relay-" + std::to_string(i), {"left", "right"});
    Talk talk(pad, tv,
              {.delivery = Delivery::Reliable, .reliability = {.patience = Duration::max()}});
    ASSERT_TRUE(find_each_other(3s, 1 + static_cast<std::size_t>(GetParam())));
    run(1s, [&] { talk.hear(); });
    run(500ms, [&] { talk.say(), talk.hear(); });
    std::size_t elected = 0;
    for (std::size_t i = 1; i < relays_.size(); ++i)
        if (relays_[i]->node().context().self < relays_[elected]->node().context().self)
            elected = i;
    lan_.interface_down("relay-" + std::to_string(elected), "e0");
    lan_.interface_down("relay-" + std::to_string(elected), "e1");
    run(3s, [&] { talk.say(), talk.hear(); });
    run(3s, [&] { talk.hear(); });
    EXPECT_TRUE(talk.whole()) << talk.heard.size() << " of " << talk.said;
}

INSTANTIATE_TEST_SUITE_P(Relays, ParallelRelays, testing::Values(2, 3, 4));

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

TEST_F(RelayWorld, RulesDecideWhatPasses) {
    Node& pad = node("pad", "left");
    Node& tv = node("tv", "right");
    mcast::relay::Rule rule;
    rule.topic = "secret*";
    rule.action = mcast::relay::RuleAction::Drop;
    auto rules = mcast::relay::RuleSet::compile({rule}, mcast::relay::Action::Forward);
    ASSERT_TRUE(rules);
    Relay& attic = relay("attic", {"left", "right"});
    attic.forwarder().set_rules(*rules, 1, true);
    auto secret = pad.publisher<Tick>("secret/keys");
    auto heard = tv.subscriber<Tick>("secret/keys");
    Talk talk(pad, tv, {});
    ASSERT_TRUE(find_each_other(3s, 2));
    run(100ms);
    std::size_t secrets = 0;
    run(500ms, [&] {
        talk.say(), talk.hear();
        if (auto loan = secret.loan()) loan->publish();
        heard.drain([&](const mcast::Sample<Tick>&) { ++secrets; });
    });
    EXPECT_TRUE(talk.heard.size() > 400);
    EXPECT_EQ(secrets, 0u);
    EXPECT_GT(rules->use(0).hits, 400u);
    EXPECT_EQ(rules->use(0).drops, rules->use(0).hits);
    EXPECT_GT(rules->use(mcast::relay::kNoRule).hits, 400u);
    EXPECT_EQ(rules->use(mcast::relay::kNoRule).drops, 0u);
}

}  // namespace
}  // namespace worlds
