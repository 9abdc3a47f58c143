// What a World demands once it is healed.
#include <algorithm>

#include "protocol/limits.hpp"
#include "tests/sim/world.hpp"

namespace worlds {

using namespace std::chrono_literals;
using mcast::PeerInfo;
using mcast::PeerState;

void World::check_discovery() {
    if (plan_.corrupts) return;  // an announcement that lies is believed until the next
    const Instant now = lan_.now();
    for (const auto& observer : participants_) {
        if (!observer) continue;
        const std::vector<PeerInfo> peers = observer->node().peers();
        if (trace_) note_peers(*observer, peers);
        for (const auto& other : participants_) {
            if (!other || other == observer || !same_domain(*observer, *other)) continue;
            if (!connected(*observer, *other)) continue;
            const mcast::PeerId id = other->node().id();
            const bool up = std::any_of(peers.begin(), peers.end(), [id](const PeerInfo& peer) {
                return peer.id == id && peer.state == PeerState::Up;
            });
            model_.expect(up, now,
                          "run " + std::to_string(observer->run()) + " has not found run " +
                              std::to_string(other->run()));
        }
    }
}

void World::check_dead_are_gone() {
    if (plan_.corrupts) return;  // they may have claimed any interval
    const Instant now = lan_.now();
    for (const auto& observer : participants_) {
        if (!observer) continue;
        for (const PeerInfo& peer : observer->node().peers()) {
            const Run* run = model_.find(peer.id);
            if (run == nullptr || !run->ended_at) continue;
            // What it said last was under way for less than a second.
            const auto timeout = std::chrono::duration_cast<Duration>(peer.announce_interval *
                                                                      mcast::protocol::kDownAfter);
            const Instant heard = std::max(*run->ended_at, observer->woken_at());
            model_.expect(now <= heard + 1s + timeout, now,
                          "run " + std::to_string(observer->run()) + " still lists run " +
                              std::to_string(run - model_.runs().data()) + ", dead for long");
        }
    }
}

void World::check_listeners() {
    if (plan_.corrupts) return;
    const auto uses = [](const auto& all, const auto& one) {
        return std::any_of(all.begin(), all.end(), [&one](const auto& each) {
            return each->active && each->plan.topic == one.plan.topic &&
                   each->plan.tock == one.plan.tock;
        });
    };
    for (const auto& publisher : participants_) {
        if (!publisher) continue;
        for (const auto& publication : publisher->publications()) {
            if (!publication->active) continue;
            std::size_t expected = 0;
            for (const auto& other : participants_) {
                if (!other || other == publisher || !same_domain(*publisher, *other)) continue;
                if (!connected(*publisher, *other)) continue;
                expected += uses(other->subscriptions(), *publication);
            }
            // Those that crashed a moment ago may still be counted.
            model_.expect(publication->listeners() >= expected, lan_.now(),
                          "run " + std::to_string(publisher->run()) + " sees " +
                              std::to_string(publication->listeners()) + " listeners of " +
                              kTopics[publication->plan.topic].name + ", not " +
                              std::to_string(expected));
        }
    }
}

void World::check_delivery() {
    if (plan_.corrupts) return;
    for (const auto& receiver : participants_) {
        if (!receiver) continue;
        for (const auto& subscription : receiver->subscriptions()) {
            if (!subscription->active || is_reliable(subscription->plan.topic)) continue;
            for (const auto& sender : participants_) {
                if (!sender || sender == receiver || !same_domain(*sender, *receiver)) continue;
                if (!connected(*sender, *receiver) || plan_.finish_loss > 0) continue;
                check_subscription(*receiver, *sender, *subscription);
            }
        }
    }
}

void World::check_subscription(const Participant& receiver, const Participant& sender,
                               Participant::Subscription& subscription) {
    const SubscriptionPlan& plan = subscription.plan;
    const std::size_t key = stream_key(plan.topic, plan.tock);
    const Run& run = model_.runs()[sender.run()];
    const auto first = run.first_demanded.find(key);
    if (first == run.first_demanded.end()) return;
    const std::uint64_t published = run.published.at(key);
    const std::uint64_t demanded = published - first->second;
    if (demanded == 0) return;
    const Inbox::Progress& progress = subscription.inbox.from[sender.run()];
    const std::string who = "run " + std::to_string(receiver.run()) + " got of " +
                            kTopics[plan.topic].name + " from run " + std::to_string(sender.run());
    model_.expect(progress.next == published, lan_.now(),
                  who + " number " + std::to_string(progress.next) +
                      " - 1 as the newest, published " + std::to_string(published));
    if (kTopics[plan.topic].delivery == mcast::Delivery::Latest) return;
    model_.expect(
        progress.demanded == demanded, lan_.now(),
        who + " only " + std::to_string(progress.demanded) + " of " + std::to_string(demanded));
}

}  // namespace worlds
