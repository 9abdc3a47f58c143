#pragma once

#include <cstdint>
#include <string>

#include "orders.capnp.h"
#include "tools/mcast/bench/case.hpp"
#include "tools/mcast/bench/round.hpp"

namespace mcast::bench {

inline constexpr const char* kOrderTopic = "bench-orders";
inline constexpr const char* kAnswerTopic = "bench-answers";
// A port of its own below that of what is measured, so that nothing of it arrives at its sockets,
// and what is dropped on purpose is not ours.
inline constexpr std::uint16_t kExchangePortOffset = 1;

// A run as an order tells it to an end.
struct Assignment {
    Case what;
    std::uint64_t answer_every = 0;
    Duration warm_up{};
    Duration duration{};  // for the end that sends, in a process of its own
    std::string domain;
    int core = -1;
    bool wall_clock = false;
};

void write(wire::Order::Builder order, const Assignment& assignment);
[[nodiscard]] Assignment read(const wire::Order::Reader& order);

void write(wire::Answer::Builder answer, const EndResult& result);
[[nodiscard]] EndResult read(const wire::Answer::Reader& answer);

// How a case goes to a process of its own, and what came of it back: bytes of one message each.
[[nodiscard]] std::string case_bytes(const Case& what, const Timing& timing);
[[nodiscard]] Result<Assignment> read_case(const std::string& bytes);
[[nodiscard]] std::string outcome_bytes(const Result<Round>& outcome);
[[nodiscard]] Result<Round> read_outcome(const std::string& bytes);

// What tells machines that are up apart: the boot's id.
[[nodiscard]] std::string machine_id();

// A node's options for the exchange beside those of what is measured.
[[nodiscard]] NodeOptions exchange_options(NodeOptions options);

}  // namespace mcast::bench
