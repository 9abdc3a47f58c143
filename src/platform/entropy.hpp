#pragma once

#include <cstdint>

namespace mcast::platform {

// 64 bits that no other run of any program has: from them a node draws its identity. Waits for the
// kernel's pool at boot; never 0.
[[nodiscard]] std::uint64_t random_seed();

}  // namespace mcast::platform
