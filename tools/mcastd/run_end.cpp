#include "tools/mcastd/run_end.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <cstring>
#include <ctime>
#include <fstream>
#include <sstream>

#include "tools/mcast/json_writer.hpp"
#include "tools/mcast/text.hpp"
#include "tools/mcastd/moment.hpp"

namespace mcastd {

using mcast::Duration;
using mcast::WallTime;

namespace {

constexpr std::array<std::string_view, kRunEndCount> kNames{"running",       "stopped", "refused",
                                                            "failed",        "crashed", "watchdog",
                                                            "out-of-memory", "killed",  "rebooted"};

// Two looks at when the machine booted differ by as much as its wall clock was set meanwhile.
constexpr Duration kBootTolerance = std::chrono::seconds(60);

std::string one_line(std::string text) {
    std::replace(text.begin(), text.end(), '\n', ' ');
    return text;
}

template <typename Number>
void read_number(std::string_view text, Number& number) {
    Number parsed{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), parsed);
    if (error == std::errc{} && end == text.data() + text.size()) number = parsed;
}

void read_time(std::string_view text, WallTime& time) {
    std::int64_t nanoseconds = 0;
    read_number(text, nanoseconds);
    time = WallTime(Duration(nanoseconds));
}

std::string time_value(WallTime time) {
    return std::to_string(time.time_since_epoch().count());
}

void read_beginning(std::string_view key, std::string_view value, Run& run) {
    if (key == "version") run.version = value;
    if (key == "pid") read_number(value, run.pid);
    if (key == "started") read_time(value, run.started_at);
    if (key == "config") run.config = value;
    if (key == "boot_id") run.boot_id = value;
    if (key == "booted") read_time(value, run.booted_at);
    if (key == "oom_kills") read_number(value, run.oom_kills.emplace());
}

void read_end(std::string_view key, std::string_view value, Run& run) {
    if (key == "end") {
        const auto found = std::find(kNames.begin(), kNames.end(), value);
        if (found != kNames.end()) run.end = static_cast<RunEnd>(found - kNames.begin());
    }
    if (key == "ended") read_time(value, run.ended_at);
    if (key == "signal") read_number(value, run.signal);
    if (key == "by_pid") read_number(value, run.by_pid);
    if (key == "by_uid") read_number(value, run.by_uid);
    if (key == "by_name") run.by_name = value;
    if (key == "text") run.text = value;
}

std::string signal_name(int number) {
    const char* const name = ::sigabbrev_np(number);
    return name == nullptr ? "signal " + std::to_string(number) : "SIG" + std::string(name);
}

// "TERM" as systemd writes it, or a number.
int signal_number(std::string_view name) {
    int number = 0;
    read_number(name, number);
    for (int candidate = 1; number == 0 && candidate < NSIG; ++candidate) {
        const char* const known = ::sigabbrev_np(candidate);
        if (known != nullptr && name == known) number = candidate;
    }
    return number;
}

std::string first_line_of(const char* path) {
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    return line;
}

}  // namespace

std::string_view to_string(RunEnd end) {
    return kNames.at(static_cast<std::size_t>(end));
}

std::string beginning_text(const Run& run) {
    std::string text = "version=" + one_line(run.version) + "\npid=" + std::to_string(run.pid) +
                       "\nstarted=" + time_value(run.started_at) +
                       "\nconfig=" + one_line(run.config) + "\nboot_id=" + one_line(run.boot_id) +
                       "\nbooted=" + time_value(run.booted_at) + "\n";
    if (run.oom_kills) text += "oom_kills=" + std::to_string(*run.oom_kills) + "\n";
    return text;
}

std::string end_text(const Run& run) {
    std::string text =
        "end=" + std::string(to_string(run.end)) + "\nended=" + time_value(run.ended_at) + "\n";
    if (run.signal != 0) text += "signal=" + std::to_string(run.signal) + "\n";
    if (run.by_pid != 0) {
        text += "by_pid=" + std::to_string(run.by_pid) + "\nby_uid=" + std::to_string(run.by_uid) +
                "\nby_name=" + one_line(run.by_name) + "\n";
    }
    if (!run.text.empty()) text += "text=" + one_line(run.text) + "\n";
    return text;
}

std::optional<Run> parse_run(std::string_view text) {
    Run run;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        const std::size_t equals = line.find('=');
        if (equals == std::string_view::npos) continue;
        read_beginning(line.substr(0, equals), line.substr(equals + 1), run);
        read_end(line.substr(0, equals), line.substr(equals + 1), run);
    }
    if (run.pid == 0) return std::nullopt;
    return run;
}

Surroundings Surroundings::look() {
    Surroundings found;
    found.boot_id = first_line_of("/proc/sys/kernel/random/boot_id");
    timespec since_boot{};
    ::clock_gettime(CLOCK_BOOTTIME, &since_boot);
    found.booted_at =
        wall_now() - (std::chrono::seconds(since_boot.tv_sec) + Duration(since_boot.tv_nsec));
    // All processes of the machine that the kernel killed for want of memory (mm/oom_kill.c), those
    // within a memory cgroup too. Not there with ProcSubset=pid; then systemd tells us.
    std::ifstream counters("/proc/vmstat");
    std::string name;
    for (std::uint64_t value = 0; counters >> name >> value;) {
        if (name == "oom_kill") found.oom_kills = value;
    }
    return found;
}

Run concluded(Run run, const Surroundings& now) {
    if (run.end != RunEnd::Running) return run;
    const bool ids = !run.boot_id.empty() && !now.boot_id.empty();
    const Duration apart = std::chrono::abs(now.booted_at - run.booted_at);
    if (ids ? run.boot_id != now.boot_id : apart > kBootTolerance) {
        run.end = RunEnd::Rebooted;
        run.text = "the machine was restarted at " + local_text(now.booted_at);
        return run;
    }
    run.end = RunEnd::Killed;
    run.text = "it left no note: SIGKILL, or a full disk for the note";
    if (run.oom_kills && now.oom_kills && *now.oom_kills > *run.oom_kills) {
        run.end = RunEnd::OutOfMemory;
        run.text = "probably: the kernel killed " +
                   mcast::cli::counted(*now.oom_kills - *run.oom_kills, "process") +
                   " for want of memory since it began";
    }
    return run;
}

Run with_service_result(Run run, std::string_view result, std::string_view status, WallTime now) {
    // systemd's watchdog sends SIGABRT: the handler of faults cannot tell it from an abort of ours.
    const bool aborted = run.end == RunEnd::Crashed && run.signal == SIGABRT;
    if (run.end != RunEnd::Running && !(aborted && result == "watchdog")) return run;
    run.ended_at = now;
    if (result == "oom-kill") {
        run.end = RunEnd::OutOfMemory;
        run.text = "systemd says oom-kill";
    } else if (result == "watchdog") {
        run.end = RunEnd::Watchdog;
        run.text = "its loop did not answer for longer than WatchdogSec";
    } else if (result == "core-dump" || result == "signal") {
        run.signal = signal_number(status);
        run.end = run.signal == SIGKILL ? RunEnd::Killed : RunEnd::Crashed;
    } else if (result == "timeout") {
        run.end = RunEnd::Killed;
        run.text = "it did not stop within TimeoutStopSec";
    } else {
        run.end = RunEnd::Failed;
        run.text = "systemd says " + std::string(result) + ", status " + std::string(status);
    }
    return run;
}

std::string sentence(const Run& run) {
    const std::string by_signal = run.signal == 0 ? "" : " by " + signal_name(run.signal);
    const std::string sender = run.by_pid == 0
                                   ? ""
                                   : " from pid " + std::to_string(run.by_pid) +
                                         (run.by_name.empty() ? "" : " '" + run.by_name + "'") +
                                         " of user " + std::to_string(run.by_uid);
    const std::string more = run.text.empty() ? "" : ": " + run.text;
    switch (run.end) {
        case RunEnd::Running:
            return "is running";
        case RunEnd::Stopped:
            return "was stopped" + by_signal + sender + more;
        case RunEnd::Refused:
            return "did not start" + more;
        case RunEnd::Failed:
            return "gave up" + more;
        case RunEnd::Crashed:
            return "crashed" + by_signal + more;
        case RunEnd::Watchdog:
            return "was killed by the watchdog" + more;
        case RunEnd::OutOfMemory:
            return "was killed for want of memory" + more;
        case RunEnd::Killed:
            return "was killed" + by_signal + more;
        case RunEnd::Rebooted:
            return "ended with the machine" + more;
    }
    return "ended";
}

std::string run_json(const Run& run) {
    mcast::cli::JsonWriter json;
    json.begin_object().field("end", to_string(run.end)).field("sentence", sentence(run));
    json.field("version", run.version).field("pid", run.pid).field("config", run.config);
    json.field("started_at", utc_text(run.started_at)).key("ended_at");
    if (run.ended_at == WallTime{})
        json.null();
    else
        json.value(utc_text(run.ended_at));
    json.key("signal");
    if (run.signal == 0)
        json.null();
    else
        json.value(signal_name(run.signal));
    json.key("by");
    if (run.by_pid == 0) {
        json.null();
    } else {
        json.begin_object().field("pid", run.by_pid).field("uid", run.by_uid);
        json.field("name", run.by_name).end_object();
    }
    return json.field("text", run.text).end_object().text();
}

}  // namespace mcastd
