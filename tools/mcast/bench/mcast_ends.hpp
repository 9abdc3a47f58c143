#pragma once

#include <memory>

#include "tools/mcast/bench/ends.hpp"

namespace mcast::bench {

// Ends over libmcast, as its user writes them.
[[nodiscard]] Result<std::unique_ptr<Sender>> open_mcast_sender(const Meeting& meeting);
[[nodiscard]] Result<std::unique_ptr<Receiver>> open_mcast_receiver(const Meeting& meeting);

}  // namespace mcast::bench
