#pragma once

#include <memory>

#include "tools/mcast/bench/ends.hpp"

namespace mcast::bench {

// Ends over bare sockets: the path beside which libmcast is measured. Same sizes, same messages,
// every message written and read; no discovery, no order, no loss detection.
[[nodiscard]] Result<std::unique_ptr<Sender>> open_raw_sender(const Meeting& meeting);
[[nodiscard]] Result<std::unique_ptr<Receiver>> open_raw_receiver(const Meeting& meeting);

}  // namespace mcast::bench
