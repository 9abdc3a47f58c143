// One end of the throughput measurement; bench/throughput.py runs a pair of them in two network
// namespaces, once for each path, again and again in turns.
#include <sched.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "bench/end.hpp"

namespace {

void pin(int core) {
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET(core, &cores);
    if (sched_setaffinity(0, sizeof cores, &cores) != 0) std::perror("pinning");
}

int usage() {
    std::fputs(
        "usage: throughput send|receive PATH INTERFACE MESSAGE_SIZE SECONDS CORE\n"
        "PATH: mcast, ready, packed or single; MESSAGE_SIZE: 64 or 1024\n",
        stderr);
    return 2;
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 7) return usage();
    const std::string_view role = arguments[1];
    benchmarks::End end;
    end.path = arguments[2];
    end.interface = arguments[3];
    end.message_size = std::strtoul(arguments[4], nullptr, 10);
    end.duration =
        std::chrono::milliseconds(static_cast<long>(std::strtod(arguments[5], nullptr) * 1000));
    if (end.message_size != 64 && end.message_size != 1024) return usage();
    pin(std::atoi(arguments[6]));
    const bool raw = end.path == "packed" || end.path == "single";
    if (role == "send") {
        const std::uint64_t sent = raw ? benchmarks::send_raw(end) : benchmarks::send_mcast(end);
        std::printf("{\"sent\": %llu}\n", static_cast<unsigned long long>(sent));
        return 0;
    }
    if (role != "receive") return usage();
    const benchmarks::Measured measured =
        raw ? benchmarks::receive_raw(end) : benchmarks::receive_mcast(end);
    std::printf("{\"messages\": %llu, \"datagrams\": %llu, \"seconds\": %.6f}\n",
                static_cast<unsigned long long>(measured.messages),
                static_cast<unsigned long long>(measured.datagrams), measured.seconds);
    return 0;
}
