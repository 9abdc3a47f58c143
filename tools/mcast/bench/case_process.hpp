#pragma once

#include <string>
#include <vector>

#include "tools/mcast/bench/lab.hpp"
#include "tools/mcast/bench/round.hpp"
#include "tools/mcast/common_options.hpp"
#include "tools/mcast/session.hpp"
#include "tools/mcast/terminal.hpp"

namespace mcast::bench {

// A case over DPDK has processes of its own: EAL starts once in a process and keeps what it has,
// memory and queues among it, so that a second case would not find what the first one found.

// What `mcast bench` is told to do to be the one that sends.
inline constexpr const char* kCaseProcess = "case-process";

// How such processes are to be told what this one is told.
struct CaseWords {
    std::vector<std::string> node;    // interface, port and so on
    std::vector<std::string> sender;  // beside that
    std::string domain;               // nobody else's
};

// Starts both ends on hosts of the lab, measures once, and ends them. `session`: of this process;
// when it is over, so is the case.
[[nodiscard]] Result<Round> run_apart(Lab& lab, cli::Session& session, const CaseWords& words,
                                      const Case& what, const Timing& timing);

// The process that sends: reads the case from standard input, measures it with the other end, and
// writes what came of it to standard output.
[[nodiscard]] Result<void> be_case_process(const cli::CommonOptions& options,
                                           const std::vector<int>& cores, cli::Terminal& terminal);

}  // namespace mcast::bench
