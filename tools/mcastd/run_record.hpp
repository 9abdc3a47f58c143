#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "base/file_descriptor.hpp"
#include "mcast/result.hpp"
#include "tools/mcastd/event_loop.hpp"
#include "tools/mcastd/run_end.hpp"

namespace mcastd {

// The notes of this run and the one before in the state directory: `run` and `previous-run`.
//
// A run is noted when it begins, in a file that is replaced whole (written aside, then renamed) and
// already has the room for its end, so that the end can be noted on a full disk and by the handler
// of a crash. A run whose note has no end did not come to it; see concluded().
class RunRecord {
public:
    static constexpr std::size_t kNoteSize = 4096;  // a block of common file systems

    explicit RunRecord(std::string directory) : directory_(std::move(directory)) {}
    RunRecord(const RunRecord&) = delete;
    RunRecord& operator=(const RunRecord&) = delete;
    ~RunRecord();

    // Notes that this run begins; the note there was becomes the previous one. Fails where nothing
    // can be written, which is no reason not to run: previous() is known all the same.
    mcast::Result<void> begin(const std::string& version, const std::string& config);
    // From now on faults (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT) note themselves before they end
    // the process. For one record of a process, after begin(). Does not replace handlers that
    // somebody else installed before.
    void note_crashes();
    mcast::Result<void> end(RunEnd end, const std::string& text = {},
                            const Signal& signal = Signal{});

    [[nodiscard]] const Run& current() const { return run_; }
    [[nodiscard]] const std::optional<Run>& previous() const { return previous_; }

private:
    std::string directory_;
    Run run_;
    std::optional<Run> previous_;
    mcast::FileDescriptor file_;
    std::size_t begun_size_ = 0;
};

// The last run noted in a state directory, concluded; `is_running` says whether it still runs. An
// error if there is no note that can be read.
[[nodiscard]] mcast::Result<Run> read_last_run(const std::string& directory, bool is_running);
// Adds to the note of a run that ended without one what the service manager says of it; true if
// something was added.
[[nodiscard]] mcast::Result<bool> note_service_result(const std::string& directory,
                                                      const std::string& result,
                                                      const std::string& status);

// STATE_DIRECTORY, as systemd sets it, or /var/lib/mcastd.
[[nodiscard]] std::string default_state_directory();
// Makes a directory if it is not there; its parent must be.
[[nodiscard]] mcast::Result<void> make_directory(const std::string& path);

}  // namespace mcastd
