// Several relays between the same two LANs: one copy, and one takes over from another.
#include <cstdio>

#include "relay_world.hpp"

namespace worlds {
namespace {

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

class RelaysWithRules : public RelayWorld {
protected:
    void decide(mcast::relay::RuleAction action, const std::string& from,
                mcast::relay::Action fallback) {
        mcast::relay::Rule rule;
        rule.action = action;
        rule.from = {from};
        if (action == mcast::relay::RuleAction::Drop) rule.topic = "others";
        auto compiled = mcast::relay::RuleSet::compile({rule}, fallback);
        ASSERT_TRUE(compiled);
        relays_.back()->forwarder().set_rules(
            *rules_.emplace_back(std::make_unique<mcast::relay::RuleSet>(std::move(*compiled))));
    }
    std::vector<std::unique_ptr<mcast::relay::RuleSet>> rules_;
};

// The same words on machines whose interfaces have each other's names mean opposite things.
TEST_F(RelaysWithRules, ThatNameInterfacesStandByForThoseThatCarryThatWayOnly) {
    Node& pad = node("pad", "left");
    Node& tv = node("tv", "right");
    for (const bool swapped : {false, true}) {
        relay(swapped ? "two" : "one", swapped ? std::vector<std::string>{"right", "left"}
                                               : std::vector<std::string>{"left", "right"});
        decide(mcast::relay::RuleAction::Forward, "e0", mcast::relay::Action::Drop);
    }
    Talk there(pad, tv, {});
    Talk back(tv, pad, {}, "tocks");
    ASSERT_TRUE(find_each_other(3s, 3));
    run(1s, [&] { there.hear(), back.hear(); });
    run(1s, [&] { there.say(), there.hear(), back.say(), back.hear(); });
    run(50ms, [&] { there.hear(), back.hear(); });
    EXPECT_TRUE(there.whole()) << there.heard.size() << " of " << there.said;
    EXPECT_TRUE(back.whole()) << back.heard.size() << " of " << back.said;
}

TEST_F(RelaysWithRules, ThatSayTheSameOfTheSameNetworksMakeOneCopy) {
    Node& pad = node("pad", "left");
    Node& tv = node("tv", "right");
    for (const bool swapped : {false, true}) {
        relay(swapped ? "two" : "one", swapped ? std::vector<std::string>{"right", "left"}
                                               : std::vector<std::string>{"left", "right"});
        decide(mcast::relay::RuleAction::Drop, swapped ? "e0" : "e1",
               mcast::relay::Action::Forward);
    }
    Talk talk(pad, tv, {});
    run(3s, [&] { talk.hear(); });
    Copies copies;
    lan_.on_send(Copies::on_send, &copies);
    run(500ms, [&] { talk.say(), talk.hear(); });
    EXPECT_EQ(copies.most(), 1);
    lan_.on_send(nullptr, nullptr);
}

}  // namespace
}  // namespace worlds
