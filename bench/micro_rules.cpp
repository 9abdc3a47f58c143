// What a relay's rules cost for each datagram: a decision with one rule, and with as many as there
// may be, told apart by topics, prefixes, networks or all of them; the ratio to one rule is what
// `ratio` says, of the same run.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "relay/rule_set.hpp"

namespace {

using mcast::relay::Action;
using mcast::relay::kRulesMax;
using mcast::relay::Network;
using mcast::relay::Passage;
using mcast::relay::Rule;
using mcast::relay::RuleSet;

enum Kind { Topics, Prefixes, Networks, Mixed };

Rule make_rule(Kind kind, std::uint32_t number) {
    Rule rule;
    if (kind == Mixed) kind = static_cast<Kind>(number % 3);
    if (kind == Topics) rule.topic = "game/topic/" + std::to_string(number);
    if (kind == Prefixes) rule.topic = "game/group/" + std::to_string(number) + "/*";
    if (kind == Networks)
        rule.source = Network{mcast::Address::ipv4(10, static_cast<std::uint8_t>(number >> 8),
                                                   static_cast<std::uint8_t>(number), 0),
                              24};
    return rule;
}

RuleSet make_rules(Kind kind, std::size_t count) {
    std::vector<Rule> rules;
    for (std::size_t i = 0; i < count; ++i)
        rules.push_back(make_rule(kind, static_cast<std::uint32_t>(i)));
    return std::move(*RuleSet::compile(std::move(rules), Action::Drop));
}

// Datagrams that match rules all over the list, and as many that match none.
struct Traffic {
    mcast::Interface from;
    mcast::Interface to;
    std::vector<std::string> topics;
    std::vector<Passage> passages;

    Traffic(Kind kind, std::size_t rule_count) {
        from.name = "lan0";
        to.name = "lan1";
        constexpr std::uint32_t kPassages = 256;
        for (std::uint32_t i = 0; i < kPassages; ++i) {
            // A prime, so that they are spread over the list.
            const std::uint32_t number = i * 7919 % static_cast<std::uint32_t>(rule_count);
            const Rule rule = make_rule(kind, i % 2 == 0 ? number : number + kRulesMax);
            std::string topic = rule.topic.empty() ? "game/other" : rule.topic;
            std::replace(topic.begin(), topic.end(), '*', 'x');
            topics.push_back(std::move(topic));
            Passage passage;
            passage.from = &from;
            passage.to = &to;
            passage.domain = "default";
            passage.source =
                rule.source ? rule.source->address : mcast::Address::ipv4(192, 0, 2, 7);
            passages.push_back(passage);
        }
        for (std::size_t i = 0; i < passages.size(); ++i)
            passages[i].topic = topics[i];
    }
    Traffic(const Traffic&) = delete;
    Traffic& operator=(const Traffic&) = delete;
};

double seconds_of(const RuleSet& rules, const Traffic& traffic) {
    const auto start = std::chrono::steady_clock::now();
    for (const Passage& passage : traffic.passages)
        benchmark::DoNotOptimize(rules.decide(passage));
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Both in turn, so that they see the same machine.
void rules_decide(benchmark::State& state) {
    const auto kind = static_cast<Kind>(state.range(0));
    const RuleSet one = make_rules(kind, 1);
    const RuleSet many = make_rules(kind, kRulesMax);
    const Traffic few(kind, 1);
    const Traffic traffic(kind, kRulesMax);
    double for_one = 0;
    double for_many = 0;
    for (auto _ : state) {
        for_one += seconds_of(one, few);
        const double seconds = seconds_of(many, traffic);
        for_many += seconds;
        state.SetIterationTime(seconds);
    }
    const auto decisions =
        static_cast<double>(state.iterations()) * static_cast<double>(traffic.passages.size());
    state.counters["one_ns"] = for_one / decisions * 1e9;
    state.counters["many_ns"] = for_many / decisions * 1e9;
    state.counters["ratio"] = for_many / for_one;
    state.counters["steps_max"] = static_cast<double>(many.look_up_max());
    constexpr const char* kNames[] = {"topics", "prefixes", "networks", "mixed"};
    state.SetLabel(kNames[kind]);
}
BENCHMARK(rules_decide)->DenseRange(Topics, Mixed)->UseManualTime();

}  // namespace
