// Who is there: found, silent, gone, back; where nodes meet and where not.
#include <algorithm>

#include "mcast/sim.hpp"
#include "tests/unit/node/cable.hpp"

namespace mcast::node_test {
namespace {

struct World {
    sim::Lan lan{7};

    Node open(NodeOptions options, const std::vector<sim::Port>& ports = {sim::Port{}}) {
        return Node::open(options, lan.host(options.name, ports)).value();
    }
    void turn(std::initializer_list<Node*> nodes, Duration duration) {
        for (const Instant end = lan.now() + duration; lan.now() < end;) {
            lan.advance(10ms);
            for (Node* node : nodes)
                node->poll();
        }
    }
};

bool knows(const Node& node, const Node& peer) {
    const auto peers = node.peers();
    return std::any_of(peers.begin(), peers.end(), [&](const PeerInfo& info) {
        return info.id == peer.id() && info.state == PeerState::Up;
    });
}

TEST(Peers, AreFoundOnceHoweverManyInterfaces) {
    World world;
    const std::vector<sim::Port> ports{{.name = "eth0", .network = "a"},
                                       {.name = "wlan0", .network = "b"}};
    Node one = world.open({.name = "one"}, ports);
    Node two = world.open({.name = "two"}, ports);
    auto notes = one.publisher<Note>("notes");
    auto reader = two.subscriber<Note>("notes");
    world.turn({&one, &two}, 3s);
    const auto up = of_kind(events_of(one), EventKind::PeerUp);
    ASSERT_EQ(up.size(), 1u);
    EXPECT_EQ(up[0].peer, two.id());
    EXPECT_EQ(up[0].peer_name, "two");
    EXPECT_GE(one.peers().at(0).paths.size(), 2u);
    publish(notes, 1);
    world.turn({&one, &two}, 100ms);
    EXPECT_EQ(drain_numbers(reader), Numbers{1});
    EXPECT_EQ(reader.stats().datagrams, 1u);
}

TEST(Peers, SayByeAndAreGoneAtOnce) {
    Pair pair;
    const PeerId gone = [&] {
        Node guest = pair.open({.name = "guest"});
        pair.Cable::settle({&pair.sender, &guest});
        return guest.id();
    }();
    pair.sender.poll();
    const auto down = of_kind(events_of(pair.sender), EventKind::PeerDown);
    ASSERT_EQ(down.size(), 1u);
    EXPECT_EQ(down[0].peer, gone);
    EXPECT_EQ(down[0].peer_name, "guest");
    EXPECT_EQ(down[0].text, "closed");
    for (const PeerInfo& info : pair.sender.peers())
        EXPECT_NE(info.id, gone);
}

TEST(Peers, ThatRestartAreOthers) {
    World world;
    Node stays = world.open({.name = "stays"});
    PeerId before;
    {
        Node pad = world.open({.name = "pad"});
        before = pad.id();
        world.turn({&stays, &pad}, 1s);
    }
    Node pad = world.open({.name = "pad"});
    EXPECT_NE(pad.id(), before);
    world.turn({&stays, &pad}, 1s);
    const auto events = events_of(stays);
    const auto up = of_kind(events, EventKind::PeerUp);
    ASSERT_EQ(up.size(), 2u);
    EXPECT_EQ(up[0].peer, before);
    EXPECT_EQ(up[1].peer, pad.id());
    EXPECT_EQ(of_kind(events, EventKind::PeerDown).size(), 1u);
    EXPECT_EQ(stays.peers().size(), 1u);
}

TEST(Peers, ThatAreCutOffGoSilentAndComeBack) {
    World world;
    Node one = world.open({.name = "one"});
    Node two = world.open({.name = "two"});
    world.turn({&one, &two}, 3s);
    events_of(one);
    world.lan.partition("one", "two");
    world.turn({&one, &two}, 4s);
    EXPECT_EQ(of_kind(events_of(one), EventKind::PeerSilent).size(), 1u);
    world.lan.heal();
    world.turn({&one, &two}, 2s);
    EXPECT_EQ(of_kind(events_of(one), EventKind::PeerBack).size(), 1u);
    world.lan.partition("one", "two");
    world.turn({&one, &two}, 10s);
    const auto down = of_kind(events_of(one), EventKind::PeerDown);
    ASSERT_EQ(down.size(), 1u);
    EXPECT_EQ(down[0].text, "not heard for too long");
    EXPECT_TRUE(one.peers().empty());
    world.lan.heal();
    world.turn({&one, &two}, 3s);
    EXPECT_EQ(of_kind(events_of(one), EventKind::PeerUp).size(), 1u);
}

TEST(Peers, AnswerAPing) {
    Pair pair;
    EXPECT_EQ(pair.sender.ping(pair.receiver.id()), 0u);
    pair.settle();
    const std::uint64_t token = pair.sender.ping(pair.receiver.id());
    const std::uint64_t next = pair.sender.ping(pair.receiver.id());
    EXPECT_NE(token, 0u);
    EXPECT_NE(next, token);
    pair.receiver.poll();
    pair.link.advance(3ms);
    pair.sender.poll();
    const auto pongs = of_kind(events_of(pair.sender), EventKind::Pong);
    ASSERT_EQ(pongs.size(), 2u);
    EXPECT_EQ(pongs[0].token, token);
    EXPECT_EQ(pongs[1].token, next);
    EXPECT_EQ(pongs[0].peer, pair.receiver.id());
    EXPECT_EQ(pongs[0].round_trip, 3ms);
    EXPECT_EQ(pair.sender.peers().at(0).round_trip, 3ms);
    EXPECT_EQ(pair.sender.ping(PeerId{12345}), 0u);
}

TEST(Peers, OfAnotherDomainAreNotMet) {
    Cable cable;
    Node tanks = cable.open({.domain = "tanks", .name = "one"});
    Node ships = cable.open({.domain = "ships", .name = "two"});
    auto notes = tanks.publisher<Note>("notes");
    auto reader = ships.subscriber<Note>("notes");
    cable.settle({&tanks, &ships});
    EXPECT_TRUE(tanks.peers().empty());
    EXPECT_TRUE(ships.peers().empty());
    EXPECT_EQ(notes.listeners(), 0u);
    EXPECT_GT(ships.stats().dropped[DropCause::OtherDomain], 0u);
}

TEST(Peers, ThatAreNamedAreFoundWithoutMulticast) {
    World world;
    world.lan.filter_multicast("lan", true);
    Node server = world.open({.name = "server"});
    std::string address;
    const auto interfaces = server.interfaces();
    for (const Endpoint& endpoint : interfaces.at(0).endpoints)
        if (endpoint.address.family() == Family::Ipv4) address = to_string(endpoint.address);
    ASSERT_FALSE(address.empty());
    Node stranger = world.open({.name = "stranger"});
    Node client = world.open({.name = "client", .peers = {address}});
    auto notes = server.publisher<Note>("notes");
    auto reader = client.subscriber<Note>("notes");
    world.turn({&server, &client, &stranger}, 2s);
    EXPECT_TRUE(knows(client, server));
    EXPECT_TRUE(knows(server, client));
    EXPECT_FALSE(knows(stranger, server));
    ASSERT_FALSE(client.peers().empty());
    EXPECT_TRUE(client.peers()[0].is_static);
    publish(notes, 1);
    world.turn({&server, &client}, 100ms);
    EXPECT_EQ(drain_numbers(reader), Numbers{1});
}

TEST(Peers, ANodeWithoutInterfaceWaitsForOne) {
    World world;
    Host host = world.lan.host("pad", {sim::Port{}});
    world.lan.interface_down("pad", "eth0");
    Node pad = Node::open({.name = "pad"}, std::move(host)).value();
    Node tv = world.open({.name = "tv"});
    auto notes = pad.publisher<Note>("notes");
    auto reader = tv.subscriber<Note>("notes");
    publish(notes, 1);
    world.turn({&pad, &tv}, 3s);
    EXPECT_FALSE(knows(pad, tv));
    EXPECT_TRUE(of_kind(events_of(pad), EventKind::InterfaceUp).empty());
    world.lan.interface_up("pad", "eth0");
    world.turn({&pad, &tv}, 500ms);
    EXPECT_EQ(of_kind(events_of(pad), EventKind::InterfaceUp).size(), 1u);
    EXPECT_TRUE(knows(pad, tv));
    publish(notes, 2);
    world.turn({&pad, &tv}, 100ms);
    EXPECT_EQ(drain_numbers(reader), Numbers{2});
}

}  // namespace
}  // namespace mcast::node_test
