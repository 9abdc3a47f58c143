#include "transports/dpdk/eal_arguments.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace mcast::dpdk {

std::vector<std::string> eal_arguments(const EalPlan& plan) {
    std::string cpus;
    for (const int cpu : plan.cpus)
        cpus += (cpus.empty() ? "" : ",") + std::to_string(cpu);
    const std::string megabytes = std::to_string((plan.memory_size + (1u << 20) - 1) >> 20);
    std::vector<std::string> arguments{
        "mcast",
        // One lcore that may run wherever the caller may: EAL would pin its thread otherwise.
        "--lcores",
        "0@(" + cpus + ")",
        "--no-telemetry",
        "--log-level=lib.eal:warning",
        "--file-prefix=mcast" + std::to_string(plan.process),
    };
    if (plan.pci) {
        // The bus is scanned, but only this address, where no card can be, is taken: the real one
        // is added later. Physical or virtual addresses for the device: as EAL finds an IOMMU.
        arguments.insert(arguments.end(), {"-a", "0000:00:00.0"});
    } else {
        arguments.emplace_back("--no-pci");
        // As root EAL would choose physical addresses, which cut a pool into many pieces.
        arguments.emplace_back("--iova-mode=va");
    }
    // The two exclude each other. In-memory: no file in a mount, and a second process is no clash.
    if (plan.huge_pages)
        arguments.insert(arguments.end(), {"--in-memory", "--single-file-segments"});
    else
        arguments.insert(arguments.end(), {"--no-huge", "--no-shconf", "-m", megabytes});
    return arguments;
}

std::size_t free_huge_pages(const std::string& folder) {
    std::size_t bytes = 0;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
        // "hugepages-2048kB"
        const std::string name = entry.path().filename().string();
        const std::size_t digits = name.find('-');
        if (digits == std::string::npos) continue;
        std::size_t count = 0;
        std::ifstream(entry.path() / "free_hugepages") >> count;
        bytes += count * (std::strtoull(name.c_str() + digits + 1, nullptr, 10) << 10);
    }
    return bytes;
}

}  // namespace mcast::dpdk
