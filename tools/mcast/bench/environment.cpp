#include "tools/mcast/bench/environment.hpp"

#include <sys/sysinfo.h>
#include <sys/utsname.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "tools/mcast/bench/nic.hpp"
#include "tools/mcast/bench/open_node.hpp"
#ifdef MCAST_BENCH_DPDK
#include "tools/mcast/bench/raw_dpdk_port.hpp"
#endif
#include "tools/mcast/bench/thread_time.hpp"
#include "tools/mcast/text.hpp"

namespace mcast::bench {
namespace {

using Facts = std::vector<std::pair<std::string, std::string>>;

constexpr std::array<const char*, 11> kSysctls{
    "net/core/rmem_max",          "net/core/wmem_max",  "net/core/rmem_default",
    "net/core/busy_poll",         "net/core/busy_read", "net/core/netdev_max_backlog",
    "net/core/netdev_budget",     "net/ipv4/udp_mem",   "kernel/io_uring_disabled",
    "kernel/sched_rt_runtime_us", "vm/nr_hugepages"};

constexpr std::array<const char*, 9> kTuning{
    "isolcpus=",  "nohz_full=",   "rcu_nocbs=", "idle=",       "intel_idle.",
    "processor.", "mitigations=", "preempt=",   "irqaffinity="};

// The first line of a file; empty if there is none.
std::string line_of(const std::string& path) {
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    std::replace(line.begin(), line.end(), '\t', ' ');
    return cli::printable(line);
}

void add(Facts& facts, const std::string& name, const std::string& value) {
    if (!value.empty()) facts.emplace_back(name, value);
}

// What /proc/cpuinfo says of the first core.
std::string cpu_line(const std::string& wanted) {
    std::ifstream file("/proc/cpuinfo");
    for (std::string line; std::getline(file, line) && !line.empty();) {
        const std::size_t colon = line.find(':');
        if (!line.starts_with(wanted) || colon == std::string::npos) continue;
        return cli::printable(line.substr(std::min(line.size(), colon + 2)));
    }
    return {};
}

Facts machine_facts() {
    Facts facts;
    add(facts, "cpu", cpu_line("model name"));
    add(facts, "cores",
        std::to_string(::get_nprocs()) + " online, this process may use " +
            std::to_string(core_count()));
    const std::string flags = " " + cpu_line("flags") + " ";
    add(facts, "virtual",
        flags.find(" hypervisor ") != std::string::npos ? "yes" : "no sign of it");
    const std::string cpu = "/sys/devices/system/cpu/";
    add(facts, "governor", line_of(cpu + "cpu0/cpufreq/scaling_governor"));
    add(facts, "idle driver", line_of(cpu + "cpuidle/current_driver"));
    add(facts, "hyperthreads", line_of(cpu + "smt/control"));
    add(facts, "isolated cores", line_of(cpu + "isolated"));
    add(facts, "clock source",
        line_of("/sys/devices/system/clocksource/clocksource0/current_clocksource"));
    struct sysinfo info {};
    if (::sysinfo(&info) == 0) {
        add(facts, "memory",
            std::to_string(info.totalram * info.mem_unit / (std::uint64_t{1} << 20)) + " MiB");
    }
    // Others at work: the noise that a reader should know of.
    std::array<double, 1> load{};
    if (::getloadavg(load.data(), 1) == 1) {
        std::ostringstream text;
        text.precision(2);
        text << load[0];
        add(facts, "load", text.str());
    }
    return facts;
}

// Of the kernel's command line, what bears on latency; the rest is nobody's business.
std::string tuning() {
    std::istringstream line(line_of("/proc/cmdline"));
    std::string found;
    for (std::string word; line >> word;) {
        const bool wanted = std::any_of(kTuning.begin(), kTuning.end(),
                                        [&](const char* name) { return word.starts_with(name); });
        if (wanted) found += (found.empty() ? "" : " ") + word;
    }
    return found.empty() ? "none" : found;
}

Facts kernel_facts() {
    Facts facts;
    utsname name{};
    if (::uname(&name) == 0) {
        add(facts, "release", std::string(name.sysname) + " " + name.release);
        add(facts, "version", name.version);
        add(facts, "architecture", name.machine);
    }
    add(facts, "tuning", tuning());
    add(facts, "mitigations", line_of("/sys/devices/system/cpu/vulnerabilities/spectre_v2"));
    return facts;
}

Facts sysctl_facts() {
    Facts facts;
    for (const char* name : kSysctls) {
        std::string dotted = name;
        std::replace(dotted.begin(), dotted.end(), '/', '.');
        add(facts, dotted, line_of("/proc/sys/" + std::string(name)));
    }
    return facts;
}

Facts build_facts() {
    Facts facts{{"libmcast", MCAST_VERSION}};
#ifdef __clang__
    add(facts, "compiler", "clang " __clang_version__);
#else
    add(facts, "compiler", "g++ " __VERSION__);
#endif
#ifdef __OPTIMIZE__
    add(facts, "optimised", "yes");
#else
    add(facts, "optimised", "no: figures of this build mean nothing");
#endif
    add(facts, "backends", cli::join(backend_names(), ", "));
#ifdef MCAST_BENCH_DPDK
    add(facts, "dpdk", dpdk_version());
#endif
    return facts;
}

}  // namespace

std::vector<FactGroup> environment(const std::string& interface) {
    return {{"machine", machine_facts()},
            {"kernel", kernel_facts()},
            {"interface", nic_facts(interface)},
            {"sysctl", sysctl_facts()},
            {"build", build_facts()}};
}

}  // namespace mcast::bench
