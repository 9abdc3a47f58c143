#pragma once

#include <memory>

#include "tools/mcast/bench/ends.hpp"

namespace mcast::bench {

// Ends over bare DPDK on the device of the backend that stands beside: bursts of frames, each
// packed with messages that are written and read in the mbuf.
[[nodiscard]] Result<std::unique_ptr<Sender>> open_dpdk_sender(const Meeting& meeting);
[[nodiscard]] Result<std::unique_ptr<Receiver>> open_dpdk_receiver(const Meeting& meeting);

}  // namespace mcast::bench
