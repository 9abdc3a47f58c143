#include "tools/mcastd/run_record.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <iterator>
#include <utility>

#include "tools/mcastd/moment.hpp"

namespace mcastd {

using mcast::Error;
using mcast::ErrorCode;
using mcast::FileDescriptor;
using mcast::Result;

namespace {

constexpr std::array<int, 5> kFaults{SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
constexpr std::size_t kConfigShownMax = 1024;     // of a path: the note has its end to hold, too
constexpr std::size_t kHandlerStack = 16 * 1024;  // for a fault that is an exhausted stack

// What the handler of a fault may use: nothing that allocates or locks. A handler has no argument
// of ours, hence the one global of the daemon.
struct CrashNote {
    int file = -1;
    off_t at = 0;
};
CrashNote g_crash_note;
alignas(16) std::array<char, kHandlerStack> g_handler_stack;

Error file_error(const std::string& step, const std::string& path) {
    const ErrorCode code = errno == EACCES ? ErrorCode::PermissionDenied : ErrorCode::System;
    return {code, errno, step + " " + path + ": " + std::strerror(errno)};
}

char* append_text(char* to, const char* text) {
    while (*text != '\0')
        *to++ = *text++;
    return to;
}

char* append_number(char* to, std::int64_t number) {
    std::array<char, 20> digits{};
    std::size_t count = 0;
    do {
        digits[count++] = static_cast<char>('0' + number % 10);
        number /= 10;
    } while (number > 0);
    while (count > 0)
        *to++ = digits[--count];
    return to;
}

// Only calls of signal-safety(7).
void note_fault(int number) {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    std::array<char, 128> note{};
    char* end = append_text(note.data(), "end=crashed\nsignal=");
    end = append_text(append_number(end, number), "\nended=");
    end = append_number(end, std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec);
    *end++ = '\n';
    const ssize_t written = ::pwrite(g_crash_note.file, note.data(),
                                     static_cast<std::size_t>(end - note.data()), g_crash_note.at);
    static_cast<void>(written);  // nobody is left to be told
    // SA_RESETHAND has brought back the default, which ends the process once we return.
    ::raise(number);
}

std::string read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::string text(std::istreambuf_iterator<char>(file), {});
    return text.substr(0, RunRecord::kNoteSize);
}

// Replaces the file whole or not at all; the new one, open for writing.
Result<FileDescriptor> replace_file(const std::string& path, std::string text) {
    const std::string aside = path + ".new";
    // Line breaks up to the size of the note: room that is there when the end comes.
    text.resize(RunRecord::kNoteSize, '\n');
    FileDescriptor file(::open(aside.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (!file) return file_error("create", aside);
    const ssize_t written = ::pwrite(file.get(), text.data(), text.size(), 0);
    if (written != static_cast<ssize_t>(text.size()) || ::fsync(file.get()) != 0) {
        if (written >= 0 && written < static_cast<ssize_t>(text.size())) errno = ENOSPC;
        const Error error = file_error("write", aside);
        ::unlink(aside.c_str());
        return error;
    }
    if (::rename(aside.c_str(), path.c_str()) != 0) return file_error("rename to", path);
    return file;
}

std::string name_of_process(int pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/comm");
    std::string name;
    std::getline(file, name);
    return name;
}

}  // namespace

RunRecord::~RunRecord() {
    if (file_ && g_crash_note.file == file_.get()) {
        for (const int fault : kFaults) {
            struct sigaction now {};
            if (::sigaction(fault, nullptr, &now) == 0 && now.sa_handler == note_fault)
                std::signal(fault, SIG_DFL);
        }
        g_crash_note = {};
    }
}

Result<void> RunRecord::begin(const std::string& version, const std::string& config) {
    const Surroundings now = Surroundings::look();
    const std::string path = directory_ + "/run";
    previous_ = parse_run(read_file(path));
    if (previous_) previous_ = concluded(std::move(*previous_), now);
    run_ = Run{};
    run_.version = version;
    run_.pid = ::getpid();
    run_.started_at = wall_now();
    run_.config = config.substr(0, kConfigShownMax);
    run_.boot_id = now.boot_id;
    run_.booted_at = now.booted_at;
    run_.oom_kills = now.oom_kills;
    if (previous_) {
        const auto kept = replace_file(directory_ + "/previous-run",
                                       beginning_text(*previous_) + end_text(*previous_));
        if (!kept) return kept.error();
    }
    const std::string text = beginning_text(run_);
    begun_size_ = text.size();
    auto file = replace_file(path, text);
    if (!file) return file.error();
    file_ = std::move(*file);
    return {};
}

void RunRecord::note_crashes() {
    if (!file_) return;
    g_crash_note = {file_.get(), static_cast<off_t>(begun_size_)};
    stack_t stack{};
    stack.ss_sp = g_handler_stack.data();
    stack.ss_size = g_handler_stack.size();
    ::sigaltstack(&stack, nullptr);
    for (const int fault : kFaults) {
        struct sigaction before {};
        if (::sigaction(fault, nullptr, &before) != 0 || before.sa_handler != SIG_DFL) continue;
        struct sigaction action {};
        action.sa_handler = note_fault;
        action.sa_flags = static_cast<int>(SA_RESETHAND | SA_ONSTACK);
        ::sigaction(fault, &action, nullptr);
    }
}

Result<void> RunRecord::end(RunEnd end, const std::string& text, const Signal& signal) {
    if (!file_) return {};
    run_.end = end;
    run_.ended_at = wall_now();
    run_.text = text;
    run_.signal = signal.number;
    run_.by_pid = signal.pid;
    run_.by_uid = signal.uid;
    if (signal.pid != 0) run_.by_name = name_of_process(signal.pid);
    const std::string note = end_text(run_).substr(0, kNoteSize - begun_size_);
    const ssize_t written =
        ::pwrite(file_.get(), note.data(), note.size(), static_cast<off_t>(begun_size_));
    if (written != static_cast<ssize_t>(note.size()) || ::fsync(file_.get()) != 0)
        return file_error("write", directory_ + "/run");
    return {};
}

Result<Run> read_last_run(const std::string& directory, bool is_running) {
    const std::string path = directory + "/run";
    if (::access(path.c_str(), R_OK) != 0) return file_error("read", path);
    std::optional<Run> run = parse_run(read_file(path));
    if (!run) {
        return Error{ErrorCode::System, 0,
                     "read " + path + ": it is not a note of a run; remove it"};
    }
    return is_running ? *run : concluded(std::move(*run), Surroundings::look());
}

Result<bool> note_service_result(const std::string& directory, const std::string& result,
                                 const std::string& status) {
    const std::string path = directory + "/run";
    const std::string before = read_file(path);
    const std::optional<Run> run = parse_run(before);
    if (!run) return false;
    const Run known = with_service_result(*run, result, status, wall_now());
    if (known.end == run->end) return false;
    // Behind the last line, whoever wrote it: another version may have noted more than we know of.
    const auto at = static_cast<off_t>(before.find_last_not_of('\n') + 2);
    const std::string note = end_text(known);
    const FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!file ||
        ::pwrite(file.get(), note.data(), note.size(), at) != static_cast<ssize_t>(note.size()))
        return file_error("write", path);
    return true;
}

std::string default_state_directory() {
    // Several are separated by ':' (systemd.exec(5)); ours is the first.
    const char* const given = std::getenv("STATE_DIRECTORY");
    const std::string all = given == nullptr ? "" : given;
    return all.empty() ? "/var/lib/mcastd" : all.substr(0, all.find(':'));
}

Result<void> make_directory(const std::string& path) {
    if (::mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) return file_error("make", path);
    return {};
}

}  // namespace mcastd
