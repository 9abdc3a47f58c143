// Several relays between the same LANs that do not know of each other, some of another make: what
// one datagram becomes.

#include <gtest/gtest.h>

#include "base/random.hpp"
#include "tests/unit/relay/foreign_world.hpp"

using namespace mcast;
using namespace mcast::relay;
using namespace std::chrono_literals;

namespace {

enum class Naive { Keeps, Replaces };

// A relay as there are many: carries whatever it hears everywhere, with a fresh TTL, and remembers
// nothing but what it said itself.
class NaiveRelay {
public:
    NaiveRelay(World& world, const Endpoint& destination, Naive source) : source_(source) {
        for (std::uint8_t i = 0; i < world.lans.size(); ++i) {
            const Interface& made = machine.attach(world.lans[i], i + 1u, i, 250);
            sockets_.push_back(machine.listen(made, destination).value());
        }
        destination_ = destination;
    }
    void work() {
        std::array<PlainArrival, 8> batch;
        const std::size_t count = machine.receive(batch);
        for (const PlainArrival& arrival : std::span(batch).first(count)) {
            if (arrival.source.address.bytes()[3] == 250) continue;  // its own broadcast
            for (std::size_t i = 0; i < sockets_.size(); ++i)
                if (sockets_[i] != arrival.socket) say(sockets_[i], arrival);
        }
    }

    PlainMachine machine;
    std::size_t sent = 0;

private:
    void say(PlainSocketId socket, const PlainArrival& arrival) {
        PlainDeparture departure;
        departure.socket = socket;
        if (source_ == Naive::Keeps) departure.source = arrival.source;
        departure.destination = destination_;
        departure.ttl = 64;
        departure.payload = arrival.payload;
        machine.send(std::span(&departure, 1));
        ++sent;
    }

    Naive source_;
    Endpoint destination_;
    std::vector<PlainSocketId> sockets_;
};

struct Case {
    std::size_t relays;
    bool keep;
    Endpoint destination;
};

std::vector<Case> cases() {
    std::vector<Case> all;
    for (std::size_t relays : {1u, 2u, 3u, 4u})
        for (bool keep : {false, true})
            for (const Endpoint& destination : {kSsdp, kArtnet})
                all.push_back({relays, keep, destination});
    return all;
}

ForeignRoute route_of(const Case& one) {
    ForeignRoute route = both_ways(one.destination);
    route.keep_source = one.keep;
    return route;
}

std::string text(const Case& one) {
    return std::to_string(one.relays) + (one.keep ? " keeping " : " replacing ") +
           ForeignRoute::text(one.destination);
}

}  // namespace

TEST(ForeignLoops, SeveralThatDoNotKnowOfEachOtherSendOneEachAtMost) {
    for (const Case& one : cases()) {
        for (std::size_t lan_count : {2u, 3u}) {
            World world(lan_count);
            for (std::size_t i = 0; i < one.relays; ++i)
                world.add({route_of(one)});
            world.lans[0].put({kAsker, one.destination, 64, "once"});
            ASSERT_TRUE(world.settle()) << text(one);
            for (std::size_t lan = 0; lan < lan_count; ++lan)
                EXPECT_LE(world.copies(lan, "once"), one.relays + (lan == 0)) << text(one);
            EXPECT_GE(world.copies(1, "once"), 1u) << text(one);
        }
    }
}

TEST(ForeignLoops, ADatagramEverySecondStaysOne) {
    for (const Case& one : cases()) {
        World world(2);
        for (std::size_t i = 0; i < one.relays; ++i)
            world.add({route_of(one)});
        for (int i = 0; i < 20; ++i) {
            world.lans[0].put({kAsker, one.destination, 64, "tick"});
            ASSERT_TRUE(world.settle()) << text(one);
            world.now += 1s;
        }
        EXPECT_GE(world.copies(1, "tick"), 20u) << text(one);
        EXPECT_LE(world.copies(1, "tick"), 20u * one.relays) << text(one);
        EXPECT_LE(world.copies(0, "tick"), 20u * (1 + one.relays)) << text(one);
    }
}

TEST(ForeignLoops, BesideOneOfAnotherMakeNothingGrows) {
    for (const Case& one : cases()) {
        for (Naive source : {Naive::Keeps, Naive::Replaces}) {
            // Of what it broadcasts with another's source it does not know that it is its own: a
            // storm by itself.
            if (source == Naive::Keeps && one.destination == kArtnet) continue;
            World world(2);
            for (std::size_t i = 0; i < one.relays; ++i)
                world.add({route_of(one)});
            NaiveRelay naive(world, one.destination, source);
            world.lans[0].put({kAsker, one.destination, 64, "once"});
            for (int turn = 0; turn < 100; ++turn) {
                ASSERT_TRUE(world.settle()) << text(one);
                naive.work();
            }
            EXPECT_EQ(naive.machine.waiting(), 0u) << text(one);
            // It says again what each of ours says, once.
            EXPECT_LE(naive.sent, 1 + 2 * one.relays) << text(one);
            EXPECT_LE(world.copies(0, "once") + world.copies(1, "once"), 2 + 4 * one.relays)
                << text(one);
        }
    }
}

TEST(ForeignLoops, ToOneOfAnotherMakeThatDoesItAsWellItIsLeftAndTakenBack) {
    for (const Case& one : cases()) {
        ForeignRoute route = route_of(one);
        route.replies = {};
        const Naive source = one.keep ? Naive::Keeps : Naive::Replaces;
        if (one.keep && one.destination == kArtnet) continue;
        World world(2);
        for (std::size_t i = 0; i < one.relays; ++i)
            world.add({route});
        NaiveRelay naive(world, one.destination, source);
        const auto say = [&](const std::string& what) {
            world.lans[0].put({kAsker, one.destination, 64, what});
            for (int turn = 0; turn < 10; ++turn) {
                world.settle();
                naive.work();
            }
            world.now += 1s;
            for (const auto& host : world.relays)
                host->relay->poll(world.now);
        };
        for (int i = 0; i < 100; ++i)
            say("learn");
        say("one each");
        EXPECT_EQ(world.copies(0, "one each"), 1u) << text(one);
        EXPECT_EQ(world.copies(1, "one each"), 1u) << text(one);
        EXPECT_TRUE(world.relays.front()->has_said("left to it as long as it does"));
        naive.machine.deaf = true;
        say("lost");
        EXPECT_TRUE(world.relays.front()->has_said("carried again"));
        for (int i = 0; i < 3; ++i) {
            const std::string what = "carried " + std::to_string(i);
            say(what);
            EXPECT_GE(world.copies(1, what), 1u) << text(one);
        }
    }
}

// Who brings answers back does not leave it to one who does not.
TEST(ForeignLoops, AnswersAreNotLeftToOneOfAnotherMake) {
    World world(2);
    RelayHost& host = world.add({both_ways(kSsdp)});
    NaiveRelay naive(world, kSsdp, Naive::Replaces);
    for (int i = 0; i < 100; ++i) {
        world.lans[0].put({kAsker, kSsdp, 64, "search"});
        for (int turn = 0; turn < 10; ++turn) {
            world.settle();
            naive.work();
        }
        world.now += 1s;
    }
    EXPECT_EQ(host.fate("e0", "e1", ForeignFate::Forwarded), 100u);
    EXPECT_EQ(host.fate("e0", "e1", ForeignFate::Standby), 0u);
}

TEST(ForeignLoops, OfAStormThatOthersMakeAlmostNothingIsCarried) {
    for (Naive source : {Naive::Keeps, Naive::Replaces}) {
        World world(2);
        RelayHost& host = world.add({both_ways(kSsdp)});
        NaiveRelay one(world, kSsdp, source);
        world.lans[0].put({kAsker, kSsdp, 64, "storm"});
        // The other naive one is not even needed: each of its own copies comes back to it at once.
        for (int turn = 0; turn < 20000; ++turn) {
            host.relay->poll(world.now);
            one.work();
            world.lans[0].put({kAsker, kSsdp, 64, "storm"});
            world.now += 50us;
        }
        // A second of 20,000: one for each 200 ms, and as many back.
        EXPECT_LE(host.fate("e0", "e1", ForeignFate::Forwarded), 6u);
        EXPECT_LE(host.fate("e1", "e0", ForeignFate::Forwarded), 6u);
        EXPECT_GE(host.direction("e0", "e1").counters.received(), 20000u);
        EXPECT_TRUE(host.has_said("another relay runs in parallel"));
        EXPECT_LE(host.said.size(), 3u);
    }
}

// Whatever comes first: a datagram, or what another relay made of it.
TEST(ForeignLoops, OrderDoesNotMatter) {
    Random random(7);
    for (int round = 0; round < 200; ++round) {
        const std::vector<Case> all = cases();
        const Case& one = all[random.below(all.size())];
        World world(3);
        for (std::size_t i = 0; i < one.relays; ++i)
            world.add({route_of(one)}).machine.shuffle = random.fork();
        world.lans[random.below(3)].put({kAsker, one.destination, 64, "once"});
        ASSERT_TRUE(world.settle()) << text(one);
        for (std::size_t lan = 0; lan < 3; ++lan)
            EXPECT_LE(world.copies(lan, "once"), one.relays + 1) << text(one);
    }
}

// Tells each relay's election what the others say of what they carry, as hellos do.
void meet(World& world, std::deque<Election>& elections) {
    for (std::size_t i = 0; i < elections.size(); ++i)
        for (std::size_t other = 0; other < elections.size(); ++other)
            for (std::uint32_t link = 1; link <= world.lans.size(); ++link) {
                std::vector<std::uint64_t> keys;
                for (const LinkKey& key : world.relays[other]->relay->keys())
                    if (key.from.value == link)
                        keys.push_back(Election::toward(key.key, key.to.value));
                elections[i].on_hello(world.now, {link}, {{other + 1}, link, keys});
            }
}

TEST(ForeignLoops, RelaysThatKnowOfEachOtherGiveOneCopyEach) {
    for (const Case& one : cases()) {
        if (one.relays < 2) continue;
        World world(2);
        std::deque<Election> elections;
        for (std::size_t i = 0; i < one.relays; ++i)
            world.add({route_of(one)}, nullptr, &elections.emplace_back(PeerId{i + 1}));
        meet(world, elections);
        world.lans[0].put({kAsker, one.destination, 64, "once"});
        ASSERT_TRUE(world.settle()) << text(one);
        EXPECT_EQ(world.copies(0, "once"), 1u) << text(one);
        EXPECT_EQ(world.copies(1, "once"), 1u) << text(one);
        EXPECT_EQ(world.relays[1]->fate("e0", "e1", ForeignFate::Standby), 1u);
        // The one that carried falls silent; the next takes over.
        world.now += Election::kSilenceMax;
        elections[1].on_deadline(world.now);
        world.relays.front()->machine.deaf = true;
        world.lans[0].put({kAsker, one.destination, 64, "again"});
        ASSERT_TRUE(world.settle()) << text(one);
        EXPECT_EQ(world.copies(1, "again"), 1u) << text(one);
    }
}

// Each carries one way only, so none stands by for the other; nor for one that cannot hear.
TEST(ForeignLoops, NobodyStandsByForARelayThatDoesNotCarryThatWay) {
    World world(2);
    std::deque<Election> elections{Election(PeerId{1}), Election(PeerId{2})};
    for (std::size_t i = 0; i < 2; ++i) {
        ForeignRoute route = both_ways(kSsdp);
        route.both = false;
        const std::string from = i == 0 ? "e0" : "e1";
        route.from = *InterfaceSelection::parse(std::array{from});
        route.to = *InterfaceSelection::parse(std::array{std::string(i == 0 ? "e1" : "e0")});
        world.add({route}, nullptr, &elections[i]);
    }
    meet(world, elections);
    world.lans[0].put({kAsker, kSsdp, 64, "there"});
    world.lans[1].put({{Address::ipv4(10, 1, 0, 1), 5000}, kSsdp, 64, "back"});
    ASSERT_TRUE(world.settle());
    EXPECT_EQ(world.copies(1, "there"), 1u);
    EXPECT_EQ(world.copies(0, "back"), 1u);
}

TEST(ForeignLoops, NobodyStandsByForARelayWhoseRulesSayOtherwise) {
    Rule rule;
    rule.action = RuleAction::Drop;
    rule.group = kSsdp;
    auto rules = RuleSet::compile({rule}, Action::Forward);
    ASSERT_TRUE(rules);
    World world(2);
    std::deque<Election> elections{Election(PeerId{1}), Election(PeerId{2})};
    world.add({both_ways(kSsdp)}, &*rules, &elections[0]);
    world.add({both_ways(kSsdp)}, nullptr, &elections[1]);
    meet(world, elections);
    world.lans[0].put({kAsker, kSsdp, 64, "once"});
    ASSERT_TRUE(world.settle());
    EXPECT_EQ(world.copies(1, "once"), 1u);
}
