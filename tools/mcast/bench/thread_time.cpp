#include "tools/mcast/bench/thread_time.hpp"

#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>

#include "tools/mcast/bench/case.hpp"

namespace mcast::bench {
namespace {

Duration duration_of(const timeval& time) {
    return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
}

// The second number of schedstat (Documentation/scheduler/sched-stats.rst): time on the run queue.
Duration run_delay() {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(
        std::fopen("/proc/thread-self/schedstat", "re"), std::fclose);
    long long on_cpu = 0;
    long long waited = 0;
    if (!file || std::fscanf(file.get(), "%lld %lld", &on_cpu, &waited) != 2) return {};
    return Duration(waited);
}

}  // namespace

double ThreadTime::waited_share() const {
    return wall.count() > 0
               ? static_cast<double>(waited.count()) / static_cast<double>(wall.count())
               : 0;
}

ThreadTime ThreadTime::operator-(const ThreadTime& earlier) const {
    return {wall - earlier.wall, user - earlier.user, system - earlier.system,
            waited - earlier.waited};
}

ThreadTime thread_time() {
    rusage usage{};
    ::getrusage(RUSAGE_THREAD, &usage);
    return {now().time_since_epoch(), duration_of(usage.ru_utime), duration_of(usage.ru_stime),
            run_delay()};
}

Result<void> pin_to(int core) {
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET(static_cast<std::size_t>(core), &cores);
    if (::sched_setaffinity(0, sizeof cores, &cores) == 0) return {};
    return Error{ErrorCode::InvalidArgument, errno,
                 "pin to core " + std::to_string(core) + ": " + std::strerror(errno) +
                     "; name cores that this process may use with --cores, or --cores none"};
}

int core_count() {
    cpu_set_t cores;
    CPU_ZERO(&cores);
    if (::sched_getaffinity(0, sizeof cores, &cores) != 0) return 1;
    return CPU_COUNT(&cores);
}

int core_at(int position) {
    cpu_set_t cores;
    CPU_ZERO(&cores);
    if (::sched_getaffinity(0, sizeof cores, &cores) != 0) return 0;
    for (int core = 0; core < CPU_SETSIZE; ++core) {
        if (CPU_ISSET(static_cast<std::size_t>(core), &cores) && position-- == 0) return core;
    }
    return 0;
}

void sharpen_timers() {
    constexpr unsigned long kNanosecond = 1;
    ::prctl(PR_SET_TIMERSLACK, kNanosecond, 0, 0, 0);
}

}  // namespace mcast::bench
