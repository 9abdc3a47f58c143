#pragma once

#include <functional>

#include "tools/mcast/bench/ends.hpp"
#include "tools/mcast/bench/round.hpp"

namespace mcast::bench {

// Called about every kNap; true ends the run early.
using Attend = std::function<bool()>;

// Sends as the case says for warm-up and duration. `offset`: from now() to what is stamped.
[[nodiscard]] SenderResult run_sender(Sender& sender, const Case& what, const Timing& timing,
                                      Duration offset, const Attend& attend);

// After how many messages a receiving end answers, so that a window never runs dry.
[[nodiscard]] std::uint64_t answer_every(const Case& what);

}  // namespace mcast::bench
