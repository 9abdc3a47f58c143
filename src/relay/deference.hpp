#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/random.hpp"
#include "mcast/time.hpp"

namespace mcast::relay {

// Whether to leave a way to a relay that one cannot agree with, since it is of another make: it
// carries the same on the same LAN, and everything would arrive twice.
//
// Carries → Leaves when what we carried was said there by somebody else as well, so many times in
// a row. Leaves → Carries as soon as one that was left to him does not appear in time; that one is
// lost, so next time twice as many are waited for. The number is drawn, so that two that do the
// same do not leave it to each other for long. Bounded; no clock.
class Deference {
public:
    static constexpr std::uint32_t kCopiesMin = 4;
    static constexpr std::uint32_t kCopiesMax = 1024;
    // Drawn from so many times the least: two that draw the same lose what neither carries then.
    static constexpr std::uint32_t kSpread = 8;
    static constexpr Duration kPatience = std::chrono::milliseconds(200);

    explicit Deference(std::uint64_t seed = 0);

    [[nodiscard]] bool leaves() const { return leaves_; }
    // We carried one.
    void on_carried();
    // One was left to the other.
    void on_left(Instant now);
    // Somebody else said one of those. True: from now on it is left to him.
    bool on_copy();
    // True: he did not, and we carry again.
    bool on_deadline(Instant now);
    [[nodiscard]] Instant deadline() const;

private:
    // Copies come a little later; so many may be under way.
    static constexpr std::size_t kWaitingMax = 64;

    void draw();

    Random random_;
    std::uint32_t base_ = kCopiesMin;
    std::uint32_t wanted_ = 0;
    std::uint32_t copies_ = 0;
    std::uint32_t alone_ = 0;  // carried since the last copy
    bool leaves_ = false;
    std::array<Instant, kWaitingMax> left_{};  // a ring of those that have not appeared yet
    std::size_t first_ = 0;
    std::size_t waiting_ = 0;
};

}  // namespace mcast::relay
