#include "transports/dpdk/eal.hpp"

#include <pthread.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_log.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <system_error>
#include <vector>

#include "transports/dpdk/eal_arguments.hpp"
#include "transports/dpdk/turn.hpp"

namespace mcast::dpdk {

namespace {

struct Process {
    Turn turn;
    bool tried = false;
    std::optional<Error> failure;
    EalState state;
    EalLog log;
};

Process& process() {
    // Never deleted: drivers' threads log until the very end.
    static auto* const only = new Process;
    return *only;
}

ssize_t log_write(void*, const char* bytes, size_t size) {
    process().log.write({bytes, size});
    return static_cast<ssize_t>(size);
}

void take_log() {
    cookie_io_functions_t functions{};
    functions.write = log_write;
    FILE* stream = ::fopencookie(nullptr, "w", functions);
    if (stream == nullptr) return;
    std::setvbuf(stream, nullptr, _IOLBF, 0);
    rte_openlog_stream(stream);
}

std::vector<int> own_cpus() {
    cpu_set_t set;
    CPU_ZERO(&set);
    std::vector<int> cpus;
    if (::sched_getaffinity(0, sizeof set, &set) == 0)
        for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
            if (CPU_ISSET(cpu, &set)) cpus.push_back(cpu);
    if (cpus.empty()) cpus.push_back(0);
    return cpus;
}

struct Start {
    std::vector<std::string> arguments;
    int result = -1;
    int error = 0;
};

void* run_init(void* context) {
    Start& start = *static_cast<Start*>(context);
    // EAL's threads inherit this: signals of the process stay with the application's threads.
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
    std::vector<char*> pointers;
    for (std::string& argument : start.arguments)
        pointers.push_back(argument.data());
    start.result = rte_eal_init(static_cast<int>(pointers.size()), pointers.data());
    start.error = rte_errno;
    return nullptr;
}

// In a thread that ends with it: EAL makes the thread that starts it an lcore and sets where it
// may run, and the caller's is none of its business.
Result<void> init(Start& start) {
    pthread_t thread{};
    if (const int error = ::pthread_create(&thread, nullptr, run_init, &start); error != 0)
        return Error{ErrorCode::System, error,
                     "start EAL: make a thread for it: " + std::generic_category().message(error)};
    ::pthread_join(thread, nullptr);
    return {};
}

void remove_runtime_folder() {
    // EAL makes it whatever it is told, and leaves it. Removed only if it is empty.
    if (const char* folder = rte_eal_get_runtime_dir()) ::rmdir(folder);
}

Error refused(const Start& start, bool huge, std::size_t size, std::uint64_t mark) {
    std::string what = "start EAL: " + std::string(rte_strerror(start.error)) + eal_said(mark);
    const std::string megabytes = std::to_string(size >> 20) + " MB";
    if (huge)
        what += "; it was to run on huge pages: reserve " + megabytes +
                " of them (sysctl vm.nr_hugepages), or choose Memory::Ordinary";
    else
        what += "; it was to take " + megabytes + " of ordinary memory: choose a smaller " +
                "memory_size, or raise the limit of the process (ulimit -v, the container's)";
    const ErrorCode code = start.error == EACCES || start.error == EPERM
                               ? ErrorCode::PermissionDenied
                               : ErrorCode::System;
    return {code, start.error, what};
}

Result<void> start_first(const EalRequest& request, EalState& state) {
    const std::size_t huge = free_huge_pages();
    if (request.memory == Memory::Huge && huge < request.memory_size)
        return Error{ErrorCode::Unsupported, ENOMEM,
                     "start EAL: " + std::to_string(huge >> 20) +
                         " MB of huge pages are free, not " +
                         std::to_string(request.memory_size >> 20) +
                         ": reserve them (sysctl -w vm.nr_hugepages=" +
                         std::to_string(request.memory_size >> 21) +
                         " for pages of 2 MB), or choose Memory::Ordinary for a virtual device"};
    state.huge_pages = request.memory != Memory::Ordinary && huge >= request.memory_size;
    const std::uint64_t mark = process().log.mark();
    take_log();
    Start start;
    start.arguments = eal_arguments({.cpus = own_cpus(),
                                     .huge_pages = state.huge_pages,
                                     .pci = request.pci,
                                     .memory_size = request.memory_size,
                                     .process = static_cast<int>(::getpid())});
    if (Result<void> ran = init(start); !ran) return ran;
    if (start.result < 0) return refused(start, state.huge_pages, request.memory_size, mark);
    state.ours = true;
    state.pci = request.pci;
    std::atexit(remove_runtime_folder);
    return {};
}

}  // namespace

Result<void> start_eal(const EalRequest& request) {
    Process& only = process();
    const Turn::Hold hold(only.turn);
    if (!only.tried) {
        // EAL counts its lcores while it starts; where there is one, the application came first.
        if (rte_lcore_count() > 0) {
            only.state = {.ours = false, .huge_pages = rte_eal_has_hugepages() != 0, .pci = true};
        } else if (Result<void> started = start_first(request, only.state); !started) {
            // What failed before EAL was touched may be tried again.
            if (started.error().code == ErrorCode::Unsupported) return started;
            only.failure = started.error();
        }
        only.tried = true;
    }
    if (only.failure) return *only.failure;
    if (request.memory == Memory::Huge && !only.state.huge_pages)
        return Error{ErrorCode::Unsupported, EALREADY,
                     "EAL of this process runs on ordinary pages already; open the host that needs "
                     "Memory::Huge first"};
    if (request.pci && only.state.ours && !only.state.pci)
        return Error{ErrorCode::Unsupported, EALREADY,
                     "EAL of this process was started for a virtual device, without the PCI bus: "
                     "open the host on the PCI device first"};
    return {};
}

EalState eal_state() {
    Process& only = process();
    const Turn::Hold hold(only.turn);
    return only.state;
}

EalLog& eal_log() {
    return process().log;
}

std::string eal_said(std::uint64_t mark) {
    const std::string line = process().log.latest(mark);
    return line.empty() ? line : " (" + line + ")";
}

}  // namespace mcast::dpdk
