#include "tools/mcast/bench/idle.hpp"

#include <unistd.h>

#include <cstdio>
#include <memory>

#include "tools/mcast/bench/open_node.hpp"
#include "tools/mcast/text.hpp"

namespace mcast::bench {
namespace {

// The second number of statm (proc(5)) is in pages.
std::uint64_t resident_size() {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen("/proc/self/statm", "re"),
                                                               std::fclose);
    unsigned long long all = 0;
    unsigned long long resident = 0;
    if (!file || std::fscanf(file.get(), "%llu %llu", &all, &resident) != 2) return 0;
    return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

std::string nanoseconds(Duration duration) {
    return std::to_string(duration.count()) + "ns";
}

}  // namespace

Result<Round> run_idle(Lab& lab, const std::vector<std::string>& options, const Case& what,
                       const Timing& timing) {
    std::vector<std::string> words{"bench",      kIdleNode,
                                   "--backend",  what.backend,
                                   "--duration", nanoseconds(timing.duration),
                                   "--warm-up",  nanoseconds(timing.warm_up)};
    words.insert(words.end(), options.begin(), options.end());
    auto said = lab.output(0, words);
    if (!said) return said.error();
    long long wall = 0;
    long long user = 0;
    long long system = 0;
    unsigned long long resident = 0;
    if (std::sscanf(said->c_str(), "%lld %lld %lld %llu", &wall, &user, &system, &resident) != 4) {
        return Error{ErrorCode::System, 0,
                     "the idle node said '" + cli::printable(*said) + "' instead of figures"};
    }
    Round round;
    round.sender.thread = {Duration(wall), Duration(user), Duration(system), {}};
    round.sender.resident = resident;
    return round;
}

Result<std::string> be_idle(const NodeOptions& options, const std::string& backend,
                            const Timing& timing) {
    auto node = open_node(options, backend, Role::Sender);
    if (!node) return node.error();
    // Without anything of ours that wakes it more often than it would wake by itself.
    node->poll_until(now() + timing.warm_up);
    const ThreadTime before = thread_time();
    node->poll_until(now() + timing.duration);
    const ThreadTime time = thread_time() - before;
    return std::to_string(time.wall.count()) + " " + std::to_string(time.user.count()) + " " +
           std::to_string(time.system.count()) + " " + std::to_string(resident_size());
}

}  // namespace mcast::bench
