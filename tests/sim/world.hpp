#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "mcast/sim.hpp"
#include "tests/sim/model.hpp"
#include "tests/sim/participant.hpp"
#include "tests/sim/plan.hpp"

namespace worlds {

// After the end of all faults, everybody has found everybody within this time.
inline constexpr Duration kDiscoveryMax = std::chrono::seconds(3);
// … and of what was published of reliable topics something is delivered, or told to be lost, at
// least once in this time, until all is; slow readers included, all of it within the second.
inline constexpr Duration kReliableMax = std::chrono::seconds(10);
inline constexpr Duration kSlowestMax = std::chrono::minutes(2);

// A Lan, the nodes on it and what happens to them: runs a Plan from start to end and holds it
// against the Model.
class World {
public:
    // `trace`: tells what happens on standard error.
    explicit World(const Plan& plan, bool trace = false);
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    void run();

    [[nodiscard]] const Model& model() const { return model_; }
    [[nodiscard]] mcast::sim::Counters counters() const { return lan_.counters(); }

private:
    // Moves on, from turn to turn, and does what the plan has in store until then.
    void run_until(Instant end);
    // The next step at which somebody has something to do, but not after `end`.
    [[nodiscard]] Instant next_step(Instant end) const;
    void act(const Action& action);
    void act_on_node(const Action& action);
    void act_on_interface(const Action& action);
    void start(std::size_t node);
    void stop(std::size_t node);
    void heal();
    // Light loss, for those that must bear it.
    void unsettle(double loss);
    // What the plan has blocked for good.
    void block();
    // Where those that run now can be reached.
    [[nodiscard]] std::vector<std::string> addresses() const;

    void check_discovery();
    void check_dead_are_gone();
    void check_listeners();
    void check_delivery();
    void check_subscription(const Participant& receiver, const Participant& sender,
                            Participant::Subscription& subscription);
    // Reliable topics, see reliable_checks.cpp.
    void finish_reliable();
    // Messages of reliable streams that reached the queue of a subscriber, of all that are up.
    [[nodiscard]] std::uint64_t reliably_delivered() const;
    // Whether everything has come to rest at its receivers; `otherwise`: what has not.
    [[nodiscard]] bool is_complete(std::string* otherwise) const;
    void check_reliable_delivery();
    void check_reliable_subscription(const Participant& sender,
                                     const Participant::Publication& publication,
                                     const Participant& receiver,
                                     Participant::Subscription& subscription);
    // What publishers believe of their receivers.
    void check_receivers();
    void check_receivers_of(const Participant& sender, const Participant::Publication& publication);
    [[nodiscard]] const Participant* find(mcast::PeerId id) const;
    // Whether datagrams pass between them when nothing is broken.
    [[nodiscard]] bool connected(const Participant& a, const Participant& b) const;
    [[nodiscard]] bool same_domain(const Participant& a, const Participant& b) const;
    void note(const std::string& text) const;
    void note_streams() const;
    void note_peers(const Participant& observer, const std::vector<mcast::PeerInfo>& peers) const;

    const Plan& plan_;
    bool trace_;
    Model model_;
    mcast::sim::Lan lan_;
    Instant begin_;
    std::vector<std::vector<mcast::sim::Port>> ports_;        // of the machines, as they are now
    std::vector<std::unique_ptr<Participant>> participants_;  // by node; null while it is dead
    std::vector<bool> started_;                               // has had its first start
    std::size_t next_action_ = 0;
    std::uint64_t steps_ = 0;
    Instant next_turn_ = mcast::kNever;  // of those that poll less often than the world steps
};

}  // namespace worlds
