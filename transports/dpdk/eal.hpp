#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "mcast/dpdk.hpp"
#include "mcast/result.hpp"
#include "transports/dpdk/eal_log.hpp"

namespace mcast::dpdk {

struct EalRequest {
    Memory memory = Memory::Auto;
    std::size_t memory_size = 0;
    bool pci = false;
};

// EAL is once in a process and cannot be started again: the one thing that nodes share. Started by
// whoever comes first and never ended, since what was made by it may still be held somewhere.
// Where the application has started it itself, it is used as it is.
[[nodiscard]] Result<void> start_eal(const EalRequest& request);

struct EalState {
    bool ours = false;        // started by us
    bool huge_pages = false;  // what it runs on
    bool pci = false;         // ours: it looks at the PCI bus
};
[[nodiscard]] EalState eal_state();

// Empty when EAL is the application's: it logs where that one wants it.
[[nodiscard]] EalLog& eal_log();

// ": " and what EAL said last since `mark`, or nothing.
[[nodiscard]] std::string eal_said(std::uint64_t mark);

}  // namespace mcast::dpdk
