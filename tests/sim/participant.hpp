#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "mcast/node.hpp"
#include "tests/sim/model.hpp"
#include "tests/sim/plan.hpp"
#include "tests/sim/world.capnp.h"

namespace worlds {

// A node with its publishers and subscribers: one run of it. Publishes by its plan, drains, and
// tells the model everything it gets.
class Participant {
public:
    // `run`: its number in the model, where its Run already is. `static_peers`: NodeOptions::peers.
    Participant(const NodePlan& plan, std::size_t run, Model& model, mcast::Host host,
                std::uint64_t seed, std::vector<std::string> static_peers);
    Participant(const Participant&) = delete;
    Participant& operator=(const Participant&) = delete;
    ~Participant();

    [[nodiscard]] mcast::Node& node() const { return *node_; }
    [[nodiscard]] mcast::PeerId node_id() const { return node_->id(); }
    [[nodiscard]] const NodePlan& plan() const { return plan_; }
    [[nodiscard]] std::size_t run() const { return run_; }

    // One turn of the program around the node: publish what is due, poll, drain.
    void turn(Instant now);
    // When it wants its next turn though nothing arrives.
    [[nodiscard]] Instant next_turn() const;

    void unsubscribe(std::size_t which);
    void unpublish(std::size_t which);
    // Subscribes and publishes all of its plan again.
    void resume(Instant now);

    // Ends without a bye.
    void crash() { crashed_ = true; }
    // The program stands still, and goes on.
    void stall() { stalled_ = true; }
    void wake(Instant now);
    [[nodiscard]] bool stalled() const { return stalled_; }
    // When it last went on after a stall: what came meanwhile it has heard only then.
    [[nodiscard]] Instant woken_at() const { return woken_at_; }
    // What is published from now on must reach everybody.
    void demand_delivery();
    void stop_publishing() { publishing_ = false; }
    // Drains all, Latest as well.
    void drain_all(Instant now);

    // Checks what a node that ends well knows about itself.
    void check_statistics(Instant now);

    struct Publication;
    struct Subscription;
    [[nodiscard]] const std::vector<std::unique_ptr<Publication>>& publications() const {
        return publications_;
    }
    [[nodiscard]] const std::vector<std::unique_ptr<Subscription>>& subscriptions() const {
        return subscriptions_;
    }

private:
    void publish_due(Publication& publication, Instant now);
    void drain(Subscription& subscription, Instant now);
    void drain_events(Instant now);
    // Where in their streams the messages went that were published since the last call.
    void note_places();

    const NodePlan& plan_;
    std::size_t run_;
    Model& model_;
    mcast::Random random_;
    bool crashed_ = false;
    bool stalled_ = false;
    Instant woken_at_{};
    std::uint64_t turns_ = 0;
    bool publishing_ = true;
    std::unique_ptr<mcast::Node> node_;
    std::vector<std::unique_ptr<Publication>> publications_;
    std::vector<std::unique_ptr<Subscription>> subscriptions_;
};

struct Participant::Publication {
    PublicationPlan plan;
    bool active = false;
    Instant next_at{};
    mcast::Publisher<Tick> tick;
    mcast::Publisher<Tock> tock;
    std::uint64_t placed = 0;   // numbers below it have their Place
    std::uint64_t unheard = 0;  // as the stats said then

    template <typename Visit>
    auto visit(Visit&& visitor) const {
        return plan.tock ? visitor(tock) : visitor(tick);
    }
    [[nodiscard]] std::size_t listeners() const {
        return visit([](const auto& publisher) { return publisher.listeners(); });
    }
    [[nodiscard]] std::uint64_t newest() const {
        return visit([](const auto& publisher) { return publisher.newest(); });
    }
    [[nodiscard]] std::uint64_t acknowledged() const {
        return visit([](const auto& publisher) { return publisher.acknowledged(); });
    }
    [[nodiscard]] std::vector<mcast::ReceiverInfo> receivers() const {
        return visit([](const auto& publisher) { return publisher.receivers(); });
    }
    [[nodiscard]] const mcast::PublisherStats& stats() const {
        return plan.tock ? tock.stats() : tick.stats();
    }
};

struct Participant::Subscription {
    SubscriptionPlan plan;
    bool active = false;
    Instant next_at{};
    mcast::Subscriber<Tick> tick;
    mcast::Subscriber<Tock> tock;
    Inbox inbox;
    std::uint64_t delivered = 0;  // since it became active

    [[nodiscard]] std::size_t publishers() const {
        return plan.tock ? tock.publishers() : tick.publishers();
    }
};

}  // namespace worlds
