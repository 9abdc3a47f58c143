// What rules let pass between simulated LANs, and from when on.
#include "relay_world.hpp"

namespace worlds {
namespace {

using mcast::relay::Action;
using mcast::relay::Rule;
using mcast::relay::RuleAction;
using mcast::relay::RuleSet;

RuleSet rules_of(std::vector<Rule> rules, Action fallback) {
    auto compiled = RuleSet::compile(std::move(rules), fallback);
    EXPECT_TRUE(compiled) << compiled.error().what;
    return std::move(*compiled);
}

Rule rule_of(RuleAction action, std::string topic) {
    Rule rule;
    rule.action = action;
    rule.topic = std::move(topic);
    return rule;
}

// What is held for repair is for those that it was carried to.
TEST_F(RelayWorld, NobodyIsGivenWhatTheRulesKeepFromItsNetwork) {
    Node& pad = node("pad", "left");
    Node& tv = node("tv", "right");
    mcast::relay::Rule rule;
    rule.topic = "ticks";
    rule.action = mcast::relay::RuleAction::Drop;
    auto rules = mcast::relay::RuleSet::compile({rule}, mcast::relay::Action::Forward);
    ASSERT_TRUE(rules);
    Relay& attic = relay("attic", {"left", "right"});
    Talk talk(pad, tv, {.delivery = Delivery::Reliable});
    ASSERT_TRUE(find_each_other(3s, 2));
    run(500ms, [&] { talk.hear(); });
    lan_.set_faults("right", {.loss = 0.5});
    run(20ms, [&] { talk.say(), talk.hear(); });
    attic.forwarder().set_rules(*rules);
    const auto repairs = [&] {
        std::uint64_t count = 0;
        for (const auto& route : attic.forwarder().routes().all())
            count += route.repairs;
        return count;
    };
    EXPECT_FALSE(talk.whole());
    const std::uint64_t before = repairs();
    run(1s, [&] { talk.say(), talk.hear(); });
    EXPECT_EQ(repairs(), before);
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
    attic.forwarder().set_rules(*rules);
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

// Streams under way know the number of the rule that decided; the new list may be shorter.
TEST_F(RelayWorld, NewRulesCountFromTheNextDatagram) {
    Node& pad = node("pad", "left");
    Node& tv = node("tv", "right");
    std::vector<Rule> many(100, rule_of(RuleAction::Drop, "other"));
    many.push_back(rule_of(RuleAction::Forward, "ticks"));
    RuleSet before = rules_of(std::move(many), Action::Forward);
    RuleSet after = rules_of({rule_of(RuleAction::Drop, "ticks")}, Action::Forward);
    Relay& attic = relay("attic", {"left", "right"});
    attic.forwarder().set_rules(before);
    Talk talk(pad, tv, {});
    ASSERT_TRUE(find_each_other(3s, 2));
    run(1s, [&] { talk.hear(); });
    run(100ms, [&] { talk.say(), talk.hear(); });
    run(10ms, [&] { talk.hear(); });
    ASSERT_TRUE(talk.whole());
    talk.say();
    pad.poll();  // on its way, when the rules change
    attic.forwarder().set_rules(after);
    run(10ms, [&] { talk.hear(); });
    EXPECT_EQ(talk.heard.size(), 100u);
    EXPECT_EQ(after.use(0).drops, 1u);
}

// Beyond what others keep of its topics a peer still publishes, and rules know it by name.
class UnannouncedTopic : public RelayWorld, public testing::WithParamInterface<bool> {};

TEST_P(UnannouncedTopic, IsKnownByTheNameThatItsListenerCallsIt) {
    lan_.filter_multicast("left");  // so that the relay hears it, though it joins no group for it
    mcast::NodeOptions options = options_of("pad");
    options.limits.topics_max = 200;
    Node& pad = node("pad", {{.name = "e0", .network = "left"}}, options);
    Node& tv = node("tv", "right");
    Relay& attic = relay("attic", {"left", "right"});
    RuleSet rules =
        rules_of({rule_of(RuleAction::Forward, GetParam() ? "t*" : "chat*")}, Action::Drop);
    attic.forwarder().set_rules(rules);
    std::vector<mcast::Publisher<Tick>> others;
    for (int i = 0; i < 130; ++i)
        others.push_back(pad.publisher<Tick>("chat/" + std::to_string(i)));
    Talk talk(pad, tv, {}, "the-last");
    run(3s, [&] { talk.hear(); });
    run(500ms, [&] { talk.say(), talk.hear(); });
    run(10ms, [&] { talk.hear(); });
    EXPECT_EQ(talk.heard.size(), GetParam() ? 500u : 0u);
}

INSTANTIATE_TEST_SUITE_P(Rules, UnannouncedTopic, testing::Bool());

TEST_F(RelayWorld, LogRulesTellAlsoOfWhatIsDropped) {
    Node& pad = node("pad", "left");
    Node& tv = node("tv", "right");
    std::vector<std::string> lines;
    auto options = options_of("attic");
    options.log = [&](mcast::LogLevel, std::string_view line) { lines.emplace_back(line); };
    auto opened = Relay::open(options, {},
                              lan_.host("attic", {{.name = "e0", .network = "left"},
                                                  {.name = "e1", .network = "right"}}));
    ASSERT_TRUE(opened);
    relays_.push_back(std::move(*opened));
    RuleSet rules = rules_of(
        {rule_of(RuleAction::Log, "ticks"), rule_of(RuleAction::Drop, "ticks")}, Action::Forward);
    relays_.back()->forwarder().set_rules(rules);
    Talk talk(pad, tv, {});
    ASSERT_TRUE(find_each_other(3s, 2));
    run(100ms, [&] { talk.say(); });
    const auto told = std::find_if(lines.begin(), lines.end(), [](const std::string& line) {
        return line.find("matches topic ticks of pad, dropped") != std::string::npos;
    });
    EXPECT_NE(told, lines.end());
}

}  // namespace
}  // namespace worlds
