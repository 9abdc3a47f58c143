#include "tests/sim/world.hpp"

#include <algorithm>
#include <cstdio>

namespace worlds {

using namespace std::chrono_literals;
using mcast::kNever;
using mcast::PeerInfo;
using mcast::sim::Port;

namespace {

// Pools are small, since many worlds are made; sixteen nodes do not need more.
constexpr mcast::sim::Options kLanOptions{.transmit_buffer_count = 64, .receive_buffer_count = 512};
// Histories, and what waits behind missing ones, take more.
constexpr mcast::sim::Options kReliableLanOptions{.transmit_buffer_count = 256,
                                                  .receive_buffer_count = 1024};
// How long what is published on a healthy Lan may take, polls of both sides included.
constexpr Duration kDeliveryMax = 100ms;
// Steps between two looks at what publishers believe of their receivers.
constexpr std::uint64_t kReceiversPeriod = 64;

}  // namespace

World::World(const Plan& plan, bool trace)
    : plan_(plan),
      trace_(trace),
      model_(plan.corrupts),
      lan_(plan.seed, plan.kind == WorldKind::Reliable ? kReliableLanOptions : kLanOptions),
      begin_(lan_.now()),
      ports_(plan.machines),
      participants_(plan.nodes.size()),
      started_(plan.nodes.size()) {
    block();
}

void World::run() {
    run_until(begin_ + plan_.chaos);
    heal();
    run_until(lan_.now() + kDiscoveryMax);
    check_discovery();
    check_listeners();

    for (const auto& participant : participants_) {
        if (participant) participant->demand_delivery();
    }
    unsettle(plan_.finish_loss);
    run_until(lan_.now() + 1s);
    for (const auto& participant : participants_) {
        if (participant) participant->stop_publishing();
    }
    unsettle(0);
    run_until(lan_.now() + kDeliveryMax);
    if (plan_.kind == WorldKind::Reliable) finish_reliable();
    for (const auto& participant : participants_) {
        if (participant) participant->drain_all(lan_.now());
    }
    check_delivery();
    check_dead_are_gone();
    if (!plan_.corrupts) {
        for (const auto& participant : participants_) {
            if (participant) participant->check_statistics(lan_.now());
        }
    }
}

void World::run_until(Instant end) {
    for (;;) {
        const Instant now = lan_.now();
        for (std::size_t node = 0; node < plan_.nodes.size(); ++node) {
            if (!started_[node] && begin_ + plan_.nodes[node].start <= now) start(node);
        }
        while (next_action_ < plan_.actions.size() &&
               begin_ + plan_.actions[next_action_].at <= now) {
            act(plan_.actions[next_action_++]);
        }
        next_turn_ = kNever;
        for (const auto& participant : participants_) {
            if (!participant || participant->stalled()) continue;
            const Duration period = participant->plan().poll_period;
            const Duration late = (now - begin_) % period;
            if (late == Duration{}) {
                participant->turn(now);
            } else {
                // Something may have arrived for it: it will see on its next turn.
                next_turn_ = std::min(next_turn_, now + period - late);
            }
        }
        if (plan_.kind == WorldKind::Reliable && ++steps_ % kReceiversPeriod == 0)
            check_receivers();
        if (now >= end) return;
        lan_.advance_to(next_step(end));
    }
}

Instant World::next_step(Instant end) const {
    Instant next = std::min(next_turn_, lan_.next_arrival().value_or(end));
    for (const auto& participant : participants_) {
        if (participant && !participant->stalled()) next = std::min(next, participant->next_turn());
    }
    for (std::size_t node = 0; node < plan_.nodes.size(); ++node) {
        if (!started_[node]) next = std::min(next, begin_ + plan_.nodes[node].start);
    }
    if (next_action_ < plan_.actions.size()) {
        next = std::min(next, begin_ + plan_.actions[next_action_].at);
    }
    // On the grid, so that each turn takes in several arrivals, as in a real program.
    const Instant soonest = std::max(next, lan_.now() + Duration(1));
    const Duration steps = (soonest - begin_ + kStep - Duration(1)) / kStep * kStep;
    return std::min(begin_ + steps, end);
}

void World::start(std::size_t node) {
    started_[node] = true;
    const NodePlan& plan = plan_.nodes[node];
    const std::string machine = machine_name(plan.machine);
    const bool shared =
        std::any_of(participants_.begin(), participants_.end(), [&plan](const auto& other) {
            return other != nullptr && other->plan().machine == plan.machine;
        });
    const std::size_t run = model_.runs().size();
    model_.runs().emplace_back();
    model_.runs()[run].node = node;
    model_.runs()[run].domain = plan.domain;
    mcast::Host host = shared ? lan_.join_host(machine) : lan_.host(machine, ports_[plan.machine]);
    const std::uint64_t seed = mcast::split_mix(plan_.seed + run);
    participants_[node] =
        std::make_unique<Participant>(plan, run, model_, std::move(host), seed,
                                      plan_.isolated ? addresses() : std::vector<std::string>{});
    note("node " + std::to_string(node) + " on " + machine + " starts as run " +
         std::to_string(run) + ", peer " + mcast::to_string(model_.runs()[run].id));
    for (const mcast::InterfaceStatus& status : participants_[node]->node().interfaces()) {
        std::string text = "  " + status.interface.name + " " + status.eligibility.reason + ":";
        for (const mcast::Endpoint& endpoint : status.endpoints)
            text += " " + mcast::to_string(endpoint);
        note(text);
    }
}

void World::stop(std::size_t node) {
    if (!participants_[node]) return;
    model_.runs()[participants_[node]->run()].ended_at = lan_.now();
    participants_[node].reset();
}

void World::act(const Action& action) {
    note(std::string(to_string(action.kind)) + " " + std::to_string(action.first) + " " +
         std::to_string(action.second));
    const auto machine_exists = [this](std::size_t machine) {
        return std::any_of(plan_.nodes.begin(), plan_.nodes.end(), [&](const NodePlan& node) {
            return node.machine == machine &&
                   started_[static_cast<std::size_t>(&node - plan_.nodes.data())];
        });
    };
    switch (action.kind) {
        case ActionKind::Faults:
            lan_.set_faults(plan_.networks[action.first], action.faults);
            return;
        case ActionKind::Partition:
        case ActionKind::PartitionOneWay:
            if (!machine_exists(action.first) || !machine_exists(action.second)) return;
            lan_.partition(machine_name(action.first), machine_name(action.second),
                           action.kind == ActionKind::Partition ? mcast::sim::Direction::Both
                                                                : mcast::sim::Direction::OneWay);
            return;
        case ActionKind::Filter:
            lan_.filter_multicast(plan_.networks[action.first], action.second == 1);
            return;
        case ActionKind::InterfaceDown:
        case ActionKind::InterfaceUp:
        case ActionKind::InterfaceRecreate:
        case ActionKind::InterfaceReaddress:
        case ActionKind::InterfaceMove:
            if (machine_exists(action.first)) act_on_interface(action);
            return;
        default:
            act_on_node(action);
            return;
    }
}

void World::act_on_interface(const Action& action) {
    const std::string machine = machine_name(action.first);
    Port& port = ports_[action.first][action.second];
    switch (action.kind) {
        case ActionKind::InterfaceDown:
            lan_.interface_down(machine, port.name);
            return;
        case ActionKind::InterfaceUp:
            lan_.interface_up(machine, port.name);
            return;
        case ActionKind::InterfaceRecreate:
            lan_.interface_recreate(machine, port.name);
            return;
        case ActionKind::InterfaceReaddress:
            lan_.interface_readdress(machine, port.name);
            return;
        default:
            port.network = plan_.networks[action.network];
            lan_.interface_move(machine, port.name, port.network);
            return;
    }
}

void World::act_on_node(const Action& action) {
    const auto& participant = participants_[action.first];
    if (action.kind == ActionKind::Restart) {
        if (!participant && started_[action.first]) start(action.first);
        return;
    }
    if (!participant) return;
    switch (action.kind) {
        case ActionKind::Crash:
            participant->crash();
            stop(action.first);
            return;
        case ActionKind::Leave:
            stop(action.first);
            return;
        case ActionKind::Unsubscribe:
            participant->unsubscribe(action.second);
            return;
        case ActionKind::Unpublish:
            participant->unpublish(action.second);
            return;
        case ActionKind::Stall:
            participant->stall();
            return;
        case ActionKind::Wake:
            participant->wake(lan_.now());
            return;
        default:
            participant->resume(lan_.now());
            return;
    }
}

void World::heal() {
    note("heal");
    lan_.heal();
    block();
    for (const auto& participant : participants_)
        if (participant) participant->wake(lan_.now());
}

void World::unsettle(double loss) {
    if (plan_.finish_loss == 0) return;
    mcast::sim::Faults faults;
    faults.loss = loss;
    faults.delay = {};
    for (const std::string& network : plan_.networks)
        lan_.set_faults(network, faults);
}

void World::block() {
    if (!plan_.filtered) return;
    for (const std::string& network : plan_.networks)
        lan_.filter_multicast(network, plan_.isolated);
}

std::vector<std::string> World::addresses() const {
    std::vector<std::string> all;
    for (const auto& participant : participants_) {
        if (!participant) continue;
        for (const mcast::InterfaceStatus& status : participant->node().interfaces()) {
            for (const mcast::Endpoint& endpoint : status.endpoints)
                all.push_back(mcast::to_string(endpoint));
        }
    }
    return all;
}

bool World::same_domain(const Participant& a, const Participant& b) const {
    return a.plan().domain == b.plan().domain;
}

bool World::connected(const Participant& a, const Participant& b) const {
    const bool same_machine = a.plan().machine == b.plan().machine;
    for (const Port& mine : ports_[a.plan().machine]) {
        if (mine.kind == mcast::InterfaceKind::Tunnel) continue;
        for (const Port& yours : ports_[b.plan().machine]) {
            if (yours.kind == mcast::InterfaceKind::Tunnel) continue;
            if (mine.network != yours.network) continue;
            if (mine.ipv4 && yours.ipv4) return true;
            // IPv6 has no broadcast to replace a filtered multicast with.
            const bool passes = !plan_.filtered || plan_.isolated || same_machine;
            if (mine.ipv6 && yours.ipv6 && passes) return true;
        }
    }
    return false;
}

void World::note_peers(const Participant& observer, const std::vector<PeerInfo>& peers) const {
    note("run " + std::to_string(observer.run()) + " knows");
    for (const PeerInfo& peer : peers) {
        const Duration ago = lan_.now() - peer.heard_at;
        std::string text = "  " + peer.name + " " + std::string(mcast::to_string(peer.state)) +
                           ", heard " + std::to_string(ago / kStep) + " ms ago, interval " +
                           std::to_string(peer.announce_interval / kStep) + " ms:";
        for (const mcast::PeerPath& path : peer.paths) {
            text += " " + mcast::to_string(path.endpoint) + " by " +
                    std::string(mcast::to_string(path.way)) + " on #" +
                    std::to_string(path.interface.value) + (path.active ? "*" : "");
        }
        note(text);
    }
}

void World::note(const std::string& text) const {
    if (!trace_) return;
    const double seconds = std::chrono::duration<double>(lan_.now().time_since_epoch()).count();
    std::fprintf(stderr, "%9.4f %s\n", seconds, text.c_str());
}

}  // namespace worlds
