#include "platform/entropy.hpp"

#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>

#include "base/random.hpp"

namespace mcast::platform {
namespace {

// What differs between runs where a sandbox forbids getrandom: the times, the process, and where
// the loader put the stack. Enough to tell peers apart, which is all that it is for.
std::uint64_t seed_of_circumstances() {
    timespec wall{};
    timespec steady{};
    ::clock_gettime(CLOCK_REALTIME, &wall);
    ::clock_gettime(CLOCK_MONOTONIC, &steady);
    std::uint64_t seed = split_mix(static_cast<std::uint64_t>(wall.tv_sec));
    seed = split_mix(seed ^ static_cast<std::uint64_t>(wall.tv_nsec));
    seed = split_mix(seed ^ static_cast<std::uint64_t>(steady.tv_nsec));
    seed = split_mix(seed ^ static_cast<std::uint64_t>(::getpid()));
    return split_mix(seed ^ reinterpret_cast<std::uintptr_t>(&wall));
}

}  // namespace

std::uint64_t random_seed() {
    std::uint64_t seed = 0;
    while (seed == 0) {
        // Up to 256 bytes come whole or not at all once the pool is ready (getrandom(2)); a signal
        // interrupts only the wait for it.
        const ssize_t size = ::getrandom(&seed, sizeof seed, 0);
        if (size != static_cast<ssize_t>(sizeof seed))
            seed = size < 0 && errno == EINTR ? 0 : seed_of_circumstances();
    }
    return seed;
}

}  // namespace mcast::platform
