#pragma once

#include <memory>

#include "tools/mcast/bench/ends.hpp"

namespace mcast::bench {

// Ends over a bare io_uring, as the best program that uses one: runs of datagrams, multishot
// receive into a ring of buffers.
[[nodiscard]] Result<std::unique_ptr<Sender>> open_ring_sender(const Meeting& meeting);
[[nodiscard]] Result<std::unique_ptr<Receiver>> open_ring_receiver(const Meeting& meeting);

}  // namespace mcast::bench
