#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "mcast/time.hpp"

namespace mcastd {

// How a run of the daemon ended.
enum class RunEnd : std::uint8_t {
    Running,      // not yet
    Stopped,      // by a signal, in good order
    Refused,      // it did not start: its configuration or its surroundings did not let it
    Failed,       // it gave up while it ran: `text` says why
    Crashed,      // by a signal that means a fault of ours
    Watchdog,     // by the service manager, since the loop no longer said that it is alive
    OutOfMemory,  // by the kernel
    Killed,       // by SIGKILL, or by something that left no trace
    Rebooted,     // the machine went down or lost power under it
};
inline constexpr std::size_t kRunEndCount = 9;

[[nodiscard]] std::string_view to_string(RunEnd end);  // "out-of-memory", …

// One run, as it was noted while it lasted.
struct Run {
    std::string version;
    int pid = 0;
    mcast::WallTime started_at{};
    std::string config;   // the path; empty: none
    std::string boot_id;  // empty: not readable here
    mcast::WallTime booted_at{};
    std::optional<std::uint64_t> oom_kills;  // of the whole system, when the run began

    RunEnd end = RunEnd::Running;
    mcast::WallTime ended_at{};  // 0: nobody knows
    int signal = 0;
    int by_pid = 0;  // who sent the signal; 0: nobody knows
    std::uint32_t by_uid = 0;
    std::string by_name;
    std::string text;  // more, for people

    friend bool operator==(const Run&, const Run&) = default;
};

// As lines of "key=value"; line breaks in values become spaces. The two halves are apart, since the
// end is added to a file that has the beginning.
[[nodiscard]] std::string beginning_text(const Run& run);
[[nodiscard]] std::string end_text(const Run& run);
// Unknown keys and broken lines are passed over; none if there is no pid in it.
[[nodiscard]] std::optional<Run> parse_run(std::string_view text);

// The machine as it is now: what distinguishes a killed run from one that the machine took along.
struct Surroundings {
    std::string boot_id;
    mcast::WallTime booted_at{};
    std::optional<std::uint64_t> oom_kills;

    static Surroundings look();
};

// The same run, with an end: of one that noted none and no longer runs, what must have been.
[[nodiscard]] Run concluded(Run run, const Surroundings& now);

// What systemd tells after the end of a service (SERVICE_RESULT, EXIT_STATUS of systemd.exec(5)),
// for a run that noted no end itself, or took the watchdog's for a fault.
[[nodiscard]] Run with_service_result(Run run, std::string_view result, std::string_view status,
                                      mcast::WallTime now);

// "was stopped by SIGTERM from pid 1 'systemd' of user 0", "crashed by SIGSEGV", …
[[nodiscard]] std::string sentence(const Run& run);
[[nodiscard]] std::string run_json(const Run& run);

}  // namespace mcastd
