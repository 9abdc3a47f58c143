#include "tests/sim/plan.hpp"

#include <algorithm>

namespace worlds {

using namespace std::chrono_literals;
using mcast::Random;
using mcast::sim::Faults;
using mcast::sim::Port;

namespace {

constexpr const char* kDomains[] = {"tanks", "kart", "chess"};
constexpr double kFaultMax = 0.3;

std::size_t index_below(Random& random, std::size_t count) {
    return static_cast<std::size_t>(random.below(count));
}

PublicationPlan draw_publication(Random& random, std::size_t topic) {
    PublicationPlan plan;
    plan.topic = topic;
    plan.tock = random.chance(0.15);
    plan.express = random.chance(0.2);
    plan.period = random.duration(10ms, 300ms);
    plan.padding_max = static_cast<std::uint32_t>(random.between(0, 200));
    if (random.chance(0.15)) {
        // Around and beyond what fits in a datagram: large ones travel in fragments.
        plan.padding_max = static_cast<std::uint32_t>(random.between(1300, 20000));
        plan.period *= 4;
    }
    plan.padding_min = static_cast<std::uint32_t>(random.below(plan.padding_max + 1));
    return plan;
}

}  // namespace

Plan::Plan(std::uint64_t plan_seed, WorldKind plan_kind) : seed(plan_seed), kind(plan_kind) {
    // Not the generator of the Lan, which is seeded with the same number.
    Random random(mcast::split_mix(seed ^ 0x706c616e));  // "plan"
    chaos = random.duration(1s, 4s);
    corrupts = random.chance(0.15);
    isolated = !corrupts && random.chance(0.08);
    filtered = isolated || (!corrupts && random.chance(0.1));
    for (std::size_t i = random.between(1, 3); i > 0; --i) {
        networks.push_back("network-" + std::to_string(networks.size()));
    }
    draw_machines(random);
    draw_nodes(random);
    draw_actions(random);
    if (kind == WorldKind::Reliable) add_reliable(random);
    sort_actions();
}

void Plan::draw_machines(Random& random) {
    // Few more often than many: small worlds are quick, and show most bugs.
    const std::uint64_t count = random.between(1, random.between(3, 16));
    for (std::uint64_t i = 0; i < count; ++i) {
        std::vector<Port>& ports = machines.emplace_back();
        for (std::uint64_t port = random.between(1, 3); port > 0; --port) {
            Port& drawn = ports.emplace_back();
            drawn.name = "eth" + std::to_string(ports.size() - 1);
            drawn.network = networks[index_below(random, networks.size())];
            if (random.chance(0.3)) drawn.kind = mcast::InterfaceKind::Wifi;
            if (random.chance(0.1)) drawn.kind = mcast::InterfaceKind::Tunnel;
            if (random.chance(0.2))
                drawn.mtu = 1280 + 8 * static_cast<std::uint32_t>(random.below(64));
            if (random.chance(0.1)) drawn.mtu = 9000;
            const double family = random.unit();
            drawn.ipv4 = family >= 0.1;
            drawn.ipv6 = family < 0.8;
        }
    }
}

void Plan::draw_nodes(Random& random) {
    const std::size_t domain_count = random.chance(0.75) ? 1 : 3;
    for (std::size_t machine = 0; machine < machines.size(); ++machine) {
        do {
            NodePlan& node = nodes.emplace_back();
            node.machine = machine;
            node.domain = kDomains[index_below(random, domain_count)];
            node.start = random.chance(0.5) ? Duration{} : random.duration(0ms, 1s);
            constexpr Duration kPollPeriods[] = {kStep, kStep, 4ms, 16ms};
            node.poll_period = kPollPeriods[random.below(4)];
            node.announce_interval = random.duration(200ms, 1s);
            for (std::size_t topic = 0; topic < kEverydayTopicCount; ++topic) {
                if (random.chance(0.35)) {
                    node.publications.push_back(draw_publication(random, topic));
                }
                if (random.chance(0.5)) {
                    // Only Latest bears being drained late: a queue would overflow.
                    const bool late = kTopics[topic].delivery == mcast::Delivery::Latest;
                    node.subscriptions.push_back({topic, random.chance(0.15),
                                                  late ? random.duration(0ms, 400ms) : 0ms, 256,
                                                  Duration::max()});
                }
            }
        } while (nodes.size() < 16 && random.chance(0.1));
        if (nodes.size() >= 16) {
            machines.resize(machine + 1);
            return;
        }
    }
}

Faults Plan::draw_faults(Random& random) const {
    const auto some = [&random](double probability) {
        return random.chance(probability) ? random.unit() * kFaultMax : 0.0;
    };
    Faults faults;
    faults.loss = some(0.6);
    faults.duplicate = some(0.4);
    faults.reorder = some(0.4);
    faults.corrupt = corrupts ? random.unit() * kFaultMax : 0.0;
    faults.delay = random.duration(0ms, 5ms);
    faults.jitter = random.chance(0.5) ? random.duration(0ms, 20ms) : 0ms;
    faults.reorder_delay = random.duration(1ms, 50ms);
    return faults;
}

void Plan::draw_actions(Random& random) {
    for (std::size_t network = 0; network < networks.size(); ++network) {
        Action& action = actions.emplace_back();
        action.first = network;
        action.faults = draw_faults(random);
    }
    for (std::uint64_t count = random.below(12); count > 0; --count) {
        const Duration at = random.duration(0ms, chaos - 1ms);
        switch (random.below(8)) {
            case 0:
                actions.push_back(
                    {at, ActionKind::Faults, index_below(random, networks.size()), 0, 0, {}});
                actions.back().faults = draw_faults(random);
                break;
            case 1:
            case 2: {
                const bool one_way = random.chance(0.4);
                actions.push_back({at,
                                   one_way ? ActionKind::PartitionOneWay : ActionKind::Partition,
                                   0,
                                   0,
                                   0,
                                   {}});
                actions.back().first = index_below(random, machines.size());
                actions.back().second = index_below(random, machines.size());
                break;
            }
            case 3:
                actions.push_back(
                    {at, ActionKind::Filter, index_below(random, networks.size()), 0, 0, {}});
                // A filter is never loosened by another one.
                actions.back().second = isolated ? 1 : random.below(2);
                break;
            case 4:
            case 5:
                // Whoever is known by its address keeps it.
                if (!isolated) add_flap(random, at);
                break;
            case 6:
                add_death(random, at);
                break;
            default:
                add_resume(random, at);
                break;
        }
    }
}

void Plan::sort_actions() {
    std::stable_sort(actions.begin(), actions.end(),
                     [](const Action& a, const Action& b) { return a.at < b.at; });
}

void Plan::add_flap(Random& random, Duration at) {
    constexpr ActionKind kKinds[] = {ActionKind::InterfaceDown, ActionKind::InterfaceRecreate,
                                     ActionKind::InterfaceReaddress, ActionKind::InterfaceMove};
    Action action;
    action.at = at;
    action.kind = kKinds[random.below(4)];
    action.first = index_below(random, machines.size());
    action.second = index_below(random, machines[action.first].size());
    action.network = index_below(random, networks.size());
    actions.push_back(action);
    if (action.kind != ActionKind::InterfaceDown) return;
    action.kind = ActionKind::InterfaceUp;
    action.at += random.duration(1ms, 2s);
    if (action.at < chaos) actions.push_back(action);
}

void Plan::add_death(Random& random, Duration at) {
    Action action;
    action.at = at;
    action.kind = random.chance(0.5) ? ActionKind::Crash : ActionKind::Leave;
    action.first = index_below(random, nodes.size());
    actions.push_back(action);
    action.kind = ActionKind::Restart;
    action.at += random.duration(0ms, 1s);
    if (action.at < chaos) actions.push_back(action);
}

void Plan::add_resume(Random& random, Duration at) {
    Action action;
    action.at = at;
    action.first = index_below(random, nodes.size());
    action.kind = random.chance(0.5) ? ActionKind::Unsubscribe : ActionKind::Unpublish;
    actions.push_back(action);
    action.kind = ActionKind::Resume;
    action.at += random.duration(0ms, 1s);
    if (action.at < chaos) actions.push_back(action);
}

const char* to_string(ActionKind kind) {
    constexpr const char* kNames[] = {
        "faults",       "partition", "partition one way", "filter",    "interface down",
        "interface up", "recreate",  "readdress",         "move",      "crash",
        "leave",        "restart",   "unsubscribe",       "unpublish", "resume",
        "stall",        "wake"};
    return kNames[static_cast<std::size_t>(kind)];
}

const char* to_string(WorldKind kind) {
    return kind == WorldKind::Everyday ? "everyday" : "reliable";
}

std::string machine_name(std::size_t machine) {
    return "machine-" + std::to_string(machine);
}

}  // namespace worlds
