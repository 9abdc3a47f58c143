// What reliable worlds have beside everyday ones.
#include <algorithm>

#include "tests/sim/plan.hpp"

namespace worlds {

using namespace std::chrono_literals;
using mcast::Random;

namespace {

PublicationPlan draw_reliable_publication(Random& random, std::size_t topic) {
    PublicationPlan plan;
    plan.topic = topic;
    plan.tock = random.chance(0.15);
    plan.express = random.chance(0.2);
    plan.period = random.duration(5ms, 200ms);
    plan.padding_max = static_cast<std::uint32_t>(random.between(0, 200));
    if (random.chance(0.2)) {
        plan.padding_max = static_cast<std::uint32_t>(random.between(1300, 20000));
        plan.period *= 4;
    }
    plan.padding_min = static_cast<std::uint32_t>(random.below(plan.padding_max + 1));
    if (random.chance(0.3)) plan.history = static_cast<std::uint32_t>(random.between(1, 20));
    mcast::Reliability& reliability = plan.reliability;
    if (random.chance(0.3)) reliability.flow = mcast::FlowControl::None;
    constexpr Duration kPatiences[] = {Duration::max(), 1s, 100ms};
    reliability.patience = kPatiences[random.below(3)];
    constexpr std::uint32_t kWindows[] = {32, 128, 1024};
    reliability.window = kWindows[random.below(3)];
    return plan;
}

SubscriptionPlan draw_reliable_subscription(Random& random, std::size_t topic) {
    SubscriptionPlan plan;
    plan.topic = topic;
    plan.tock = random.chance(0.15);
    if (random.chance(0.3)) plan.drain_period = random.duration(0ms, 200ms);
    constexpr std::uint32_t kCapacities[] = {8, 32, 64};
    plan.queue_capacity = kCapacities[random.below(3)];
    if (random.chance(0.25)) plan.deadline = random.duration(0ms, 300ms);
    return plan;
}

}  // namespace

void Plan::add_reliable(Random& random) {
    for (NodePlan& node : nodes) {
        const auto left_out = [&random](const auto&) { return random.chance(0.6); };
        std::erase_if(node.publications, left_out);
        std::erase_if(node.subscriptions, left_out);
        for (std::size_t topic = kEverydayTopicCount; topic < kTopicCount; ++topic) {
            if (random.chance(0.4))
                node.publications.push_back(draw_reliable_publication(random, topic));
            if (random.chance(0.6))
                node.subscriptions.push_back(draw_reliable_subscription(random, topic));
        }
    }
    for (Action& action : actions) {
        if (action.kind != ActionKind::Faults || !random.chance(0.4)) continue;
        action.faults.burst = random.unit() * 0.03;
        action.faults.burst_length = static_cast<std::uint32_t>(random.between(2, 30));
    }
    for (std::uint64_t count = random.below(3); count > 0; --count)
        add_stall(random);
    if (random.chance(0.5)) finish_loss = random.unit() * 0.1;
    for (NodePlan& node : nodes)
        for (PublicationPlan& publication : node.publications)
            if (publication.topic >= kEverydayTopicCount && random.chance(0.25))
                publication.reliability.parity = {static_cast<std::uint8_t>(random.between(1, 32)),
                                                  static_cast<std::uint8_t>(random.between(1, 4))};
}

void Plan::add_stall(Random& random) {
    Action action;
    action.at = random.duration(0ms, chaos - 1ms);
    action.kind = ActionKind::Stall;
    action.first = static_cast<std::size_t>(random.below(nodes.size()));
    actions.push_back(action);
    action.kind = ActionKind::Wake;
    action.at += random.duration(100ms, 2s);
    // At the end of chaos everybody wakes.
    if (action.at < chaos) actions.push_back(action);
}

}  // namespace worlds
