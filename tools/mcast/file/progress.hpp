#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "mcast/time.hpp"

namespace mcast::cli {

// "512 B", "1.50 KiB", "256 MiB"
[[nodiscard]] std::string format_bytes(std::uint64_t bytes);
// "[#####-----]", `width` characters between the brackets.
[[nodiscard]] std::string bar(std::uint64_t done, std::uint64_t all, std::size_t width);
// "43 %"; 100 only if it is all.
[[nodiscard]] std::string percent(std::uint64_t done, std::uint64_t all);

// How fast something comes on, as a live line tells it.
class Progress {
public:
    // `done` of `all` bytes at `now`; done may fall, when something is sent anew.
    void update(Instant now, std::uint64_t done, std::uint64_t all);
    // "[#####-----] 43 %  110 MiB of 256 MiB  56.1 MiB/s  3 s left"
    [[nodiscard]] std::string text() const;

private:
    Instant at_{};
    std::uint64_t done_ = 0;
    std::uint64_t all_ = 0;
    double rate_ = 0;  // bytes a second, smoothed
    bool begun_ = false;
};

}  // namespace mcast::cli
