#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "mcast/stats.hpp"
#include "tools/mcast/json_writer.hpp"

namespace mcast::cli {

// The ledger of a stream for people and programs: what was sent is what was delivered, what waits,
// what is missing, and what was lost, by cause.

// Datagrams that the stream has had for us; 0 while it is not known where it begins.
[[nodiscard]] std::uint64_t sent_count(const StreamInfo& stream);
[[nodiscard]] bool sums(const StreamInfo& stream);

// "pad-1: 1200 sent = 1190 delivered + 8 waiting + 2 missing + 0 lost"
[[nodiscard]] std::string account(const StreamInfo& stream);
// "network 3, kernel 1"; empty if nothing was lost.
[[nodiscard]] std::string losses(const StreamInfo& stream);
// All streams as a table, and below it one line for each that lost something.
[[nodiscard]] std::string account_table(std::span<const StreamInfo> streams);
// An array with all of them.
void write(std::span<const StreamInfo> streams, JsonWriter& json);

}  // namespace mcast::cli
