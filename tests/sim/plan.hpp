#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "mcast/options.hpp"
#include "mcast/sim.hpp"

namespace worlds {

using mcast::Duration;

// What a world is about. A seed means another world in each kind.
enum class WorldKind : std::uint8_t {
    Everyday,  // best effort and latest
    Reliable,  // reliable topics above all, with slow receivers and programs that stand still
};

// A topic of all worlds: its name, and its delivery, which everybody agrees on.
struct Topic {
    const char* name;
    mcast::Delivery delivery;
};
inline constexpr Topic kTopics[] = {{"input", mcast::Delivery::BestEffort},
                                    {"chat", mcast::Delivery::BestEffort},
                                    {"score", mcast::Delivery::BestEffort},
                                    {"world", mcast::Delivery::Latest},
                                    {"camera", mcast::Delivery::Latest},
                                    // Of reliable worlds only.
                                    {"events", mcast::Delivery::Reliable},
                                    {"orders", mcast::Delivery::Reliable},
                                    {"files", mcast::Delivery::Reliable}};
inline constexpr std::size_t kTopicCount = std::size(kTopics);
inline constexpr std::size_t kEverydayTopicCount = 5;

[[nodiscard]] inline bool is_reliable(std::size_t topic) {
    return kTopics[topic].delivery == mcast::Delivery::Reliable;
}

struct PublicationPlan {
    std::size_t topic = 0;
    bool tock = false;  // of the other type
    bool express = false;
    Duration period{};
    std::uint32_t padding_min = 0;  // bytes
    std::uint32_t padding_max = 0;
    // Reliable topics.
    std::uint32_t history = 0;
    mcast::Reliability reliability{};
};

struct SubscriptionPlan {
    std::size_t topic = 0;
    bool tock = false;
    Duration drain_period{};
    std::uint32_t queue_capacity = 256;
    Duration deadline = Duration::max();  // Reliable topics
};

struct NodePlan {
    std::size_t machine = 0;
    std::string domain;
    Duration start{};        // since the world's beginning
    Duration poll_period{};  // a multiple of kStep
    Duration announce_interval{};
    std::vector<PublicationPlan> publications;
    std::vector<SubscriptionPlan> subscriptions;
};

enum class ActionKind : std::uint8_t {
    Faults,
    Partition,
    PartitionOneWay,
    Filter,
    InterfaceDown,
    InterfaceUp,
    InterfaceRecreate,
    InterfaceReaddress,
    InterfaceMove,
    Crash,  // without a bye
    Leave,
    Restart,
    Unsubscribe,
    Unpublish,
    Resume,  // subscribes and publishes again
    Stall,   // the program does nothing, as one that is stopped or swapped out
    Wake,
};

struct Action {
    Duration at{};
    ActionKind kind = ActionKind::Faults;
    std::size_t first = 0;   // a node, machine or network
    std::size_t second = 0;  // a machine, interface or publication
    std::size_t network = 0;
    mcast::sim::Faults faults;
};

// What happens in a world, all of it drawn from one seed: first chaos, then the end of all faults,
// and a quiet time in which everything must work.
struct Plan {
    explicit Plan(std::uint64_t seed, WorldKind kind = WorldKind::Everyday);

    std::uint64_t seed;
    WorldKind kind;
    std::vector<std::string> networks;
    std::vector<std::vector<mcast::sim::Port>> machines;
    std::vector<NodePlan> nodes;
    std::vector<Action> actions;  // by time
    Duration chaos{};             // ends then
    bool corrupts = false;        // bytes change on the way: less can be demanded
    bool filtered = false;        // multicast does not work, from the start to the end
    bool isolated = false;        // nor does broadcast: nodes are told of each other
    double finish_loss = 0;       // in the quiet time: only reliable topics are held to account

private:
    void draw_machines(mcast::Random& random);
    void draw_nodes(mcast::Random& random);
    void draw_actions(mcast::Random& random);
    void add_flap(mcast::Random& random, Duration at);
    void add_death(mcast::Random& random, Duration at);
    void add_resume(mcast::Random& random, Duration at);
    [[nodiscard]] mcast::sim::Faults draw_faults(mcast::Random& random) const;
    // Makes a reliable world of an everyday one.
    void add_reliable(mcast::Random& random);
    void add_stall(mcast::Random& random);
    void sort_actions();
};

// The grid on which worlds move.
inline constexpr Duration kStep = std::chrono::milliseconds(1);

[[nodiscard]] const char* to_string(ActionKind kind);
[[nodiscard]] const char* to_string(WorldKind kind);
[[nodiscard]] std::string machine_name(std::size_t machine);

}  // namespace worlds
