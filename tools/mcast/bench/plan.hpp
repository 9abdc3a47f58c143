#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "tools/mcast/bench/case.hpp"

namespace mcast::bench {

// What is asked for on the command line; what is left out is chosen by mode.
struct Wishes {
    std::string mode = "all";
    std::vector<std::string> backends;  // DPDK's have groups of their own
    bool ring = false;                  // Path::RawRing can be had
    std::vector<Path> paths;            // empty: all that make sense
    std::vector<std::size_t> sizes;     // empty: by mode
    std::vector<double> rates;
    std::size_t batch = 0;
    std::size_t window = 2048;  // datagrams; fits twice into the kernel's default of 8 MiB
    bool spin = false;
    bool sleep = false;
    bool latest = false;
    std::size_t subscribers = 3;  // of fan-out
    std::vector<double> drops;    // of loss and latency, fractions
};

// Cases that are measured in turns.
struct Group {
    std::string id;
    std::string title;
    std::vector<Case> cases;
    std::string device = {};  // the backend of DPDK that all of it is about; empty: of sockets

    // How many ends it takes beside the one that sends.
    [[nodiscard]] std::size_t ends() const;
};

[[nodiscard]] std::vector<Group> plan(const Wishes& wishes);
// The modes that plan() knows.
[[nodiscard]] std::vector<std::string> plan_modes();

}  // namespace mcast::bench
