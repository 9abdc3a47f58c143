#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "tools/mcast/bench/conductor.hpp"
#include "tools/mcast/bench/facts.hpp"
#include "tools/mcast/bench/lab.hpp"
#include "tools/mcast/bench/plan.hpp"
#include "tools/mcast/bench/results.hpp"
#include "tools/mcast/common_options.hpp"
#include "tools/mcast/terminal.hpp"

namespace mcast::bench {

// Where and how a plan is carried out.
struct Place {
    cli::CommonOptions common;
    std::optional<std::string> to;  // glob over names: ends that are there; else we start them
    bool namespaces = true;         // of our own, if we start them
    std::vector<int> cores;         // empty: unpinned
    Timing timing;
    std::size_t rounds = 5;
    std::uint64_t seed = 1;
    std::vector<std::string> left_out;  // what could not be had, and why
};

struct Suite {
    std::vector<GroupResult> groups;
    std::vector<FactGroup> environment;  // of this end
    std::vector<std::string> other_environments;
    std::string interface;
    bool interrupted = false;
};

// Measures group by group, in each of them round by round, the cases of a round in an order that
// the seed gives. What is started is ended, whatever happens. `progress` is said on the live line.
[[nodiscard]] Result<Suite> carry_out(const std::vector<Group>& groups, const Place& place,
                                      cli::Terminal& terminal);

// The name of the interface that a node with these options uses, once there is one.
[[nodiscard]] Result<std::string> interface_of(cli::Session& session);

}  // namespace mcast::bench
