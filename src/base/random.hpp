#pragma once

#include <array>
#include <bit>
#include <chrono>
#include <cstdint>

namespace mcast {

// Spreads 64 bits over 64 bits (SplitMix64, Steele et al. 2014): seeds that differ in one bit give
// unrelated numbers. A sequence of its own when `state` is stepped by kSplitMixStep.
inline constexpr std::uint64_t kSplitMixStep = 0x9e3779b97f4a7c15;

[[nodiscard]] constexpr std::uint64_t split_mix(std::uint64_t state) {
    std::uint64_t z = state + kSplitMixStep;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

// Random numbers from a seed: xoshiro256** (Blackman and Vigna 2018), 32 bytes of state. The
// distributions are our own, since those of <random> differ between standard libraries: one seed
// gives the same run on every platform. Not for secrets.
class Random {
public:
    explicit constexpr Random(std::uint64_t seed) {
        for (std::uint64_t& word : state_) {
            word = split_mix(seed);
            seed += kSplitMixStep;
        }
    }

    // 64 uniform bits.
    constexpr std::uint64_t next() {
        const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
        const std::uint64_t shifted = state_[1] << 17;
        state_[2] ^= state_[0];
        state_[3] ^= state_[1];
        state_[1] ^= state_[2];
        state_[0] ^= state_[3];
        state_[2] ^= shifted;
        state_[3] = std::rotl(state_[3], 45);
        return result;
    }

    // Uniform in [0, limit), without the bias of a plain remainder; 0 if the limit is 0.
    constexpr std::uint64_t below(std::uint64_t limit) {
        if (limit < 2) return 0;
        // 2^64 mod limit: so many values would come up once too often; they are drawn again.
        const std::uint64_t surplus = (0 - limit) % limit;
        std::uint64_t value = next();
        while (value < surplus)
            value = next();
        return value % limit;
    }

    // Uniform in [first, last], both included.
    constexpr std::uint64_t between(std::uint64_t first, std::uint64_t last) {
        const std::uint64_t width = last - first + 1;
        return width == 0 ? next() : first + below(width);
    }

    // Uniform in [0, 1), of 53 bits: every value is exact in a double.
    constexpr double unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

    // True with this probability. Draws one number whatever it is, so that turning a fault on or
    // off does not shift the numbers that others get.
    constexpr bool chance(double probability) { return unit() < probability; }

    // Uniform in [first, last], both included; `first` if the range is empty.
    constexpr std::chrono::nanoseconds duration(std::chrono::nanoseconds first,
                                                std::chrono::nanoseconds last) {
        if (last <= first) return first;
        const auto width = static_cast<std::uint64_t>((last - first).count());
        return first + std::chrono::nanoseconds(static_cast<std::int64_t>(between(0, width)));
    }

    // A generator of its own, seeded from this one.
    constexpr Random fork() { return Random(next()); }

private:
    std::array<std::uint64_t, 4> state_{};
};

}  // namespace mcast
