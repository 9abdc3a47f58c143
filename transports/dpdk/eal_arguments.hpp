#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace mcast::dpdk {

// How EAL is started: no devices at first, no files that others could stumble over, no thread that
// is tied to a core.
struct EalPlan {
    std::vector<int> cpus;  // those that the caller may run on
    bool huge_pages = false;
    bool pci = false;  // a PCI device will be added
    std::size_t memory_size = 0;
    int process = 0;  // its id, which keeps processes apart
};

[[nodiscard]] std::vector<std::string> eal_arguments(const EalPlan& plan);

// Bytes of free huge pages by what is under `folder`, one folder for each page size.
[[nodiscard]] std::size_t free_huge_pages(const std::string& folder = "/sys/kernel/mm/hugepages");

}  // namespace mcast::dpdk
