#include "runner/io_thread.hpp"

#include <pthread.h>
#include <sched.h>

#include <csignal>
#include <cstring>
#include <system_error>
#include <utility>

namespace mcast::detail {

namespace {

constexpr std::size_t kThreadNameMax = 15;  // TASK_COMM_LEN - 1

// "0, 1, 5": the cores that this process may run on.
std::string allowed_cores() {
    cpu_set_t set;
    CPU_ZERO(&set);
    sched_getaffinity(0, sizeof set, &set);
    std::string text;
    for (int core = 0; core < CPU_SETSIZE; ++core)
        if (CPU_ISSET(static_cast<std::size_t>(core), &set))
            text += (text.empty() ? "" : ", ") + std::to_string(core);
    return text;
}

}  // namespace

Result<std::thread> start_io_thread(std::function<void()> body) {
    // A new thread inherits the mask, so none is ever open for a signal.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    std::thread thread;
    int refused = 0;
    try {
        thread = std::thread(std::move(body));
    } catch (const std::system_error& error) {
        refused = error.code().value();
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    if (refused != 0)
        return Error{ErrorCode::LimitReached, refused,
                     std::string("start the I/O thread: ") + std::strerror(refused) +
                         "; see `ulimit -u` and the cgroup's pids.max"};
    return thread;
}

Result<void> set_up_this_thread(const std::string& name, int core) {
    if (name.size() > kThreadNameMax)
        return Error{ErrorCode::InvalidArgument, 0,
                     "thread_name '" + name + "': give at most 15 bytes"};
    if (!name.empty()) pthread_setname_np(pthread_self(), name.c_str());
    if (core == -1) return {};
    cpu_set_t set;
    CPU_ZERO(&set);
    if (core >= 0 && core < CPU_SETSIZE) CPU_SET(static_cast<std::size_t>(core), &set);
    if (const int refused = pthread_setaffinity_np(pthread_self(), sizeof set, &set); refused != 0)
        return Error{ErrorCode::InvalidArgument, refused,
                     "pin the I/O thread to core " + std::to_string(core) + ": " +
                         std::strerror(refused) + "; this process may use " + allowed_cores()};
    return {};
}

}  // namespace mcast::detail
