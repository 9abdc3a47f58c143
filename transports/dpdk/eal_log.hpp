#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "mcast/log.hpp"
#include "transports/dpdk/turn.hpp"

namespace mcast::dpdk {

// What EAL and its drivers say, on whatever thread, until a node takes it to its own log. Keeps the
// latest lines; older ones that nobody took are counted.
class EalLog {
public:
    static constexpr std::size_t kLines = 64;
    static constexpr std::size_t kLineMax = 240;  // bytes; longer lines are cut

    void write(std::string_view bytes);
    // Whether there is something to drain; cheap, for those who look with every poll.
    [[nodiscard]] bool unread() const { return unread_.load(std::memory_order_relaxed); }
    // Gives every line to `log`, oldest first.
    void drain(const Log& log);
    // The latest complete line, for an error's sentence; empty if there is none since `mark`.
    [[nodiscard]] std::string latest(std::uint64_t mark) const;
    // How many lines there have been.
    [[nodiscard]] std::uint64_t mark() const;

private:
    struct Line {
        std::array<char, kLineMax> text;
        std::size_t length;
    };
    void end_line();

    mutable Turn turn_;
    std::array<Line, kLines> lines_{};
    Line current_{};
    std::uint64_t written_ = 0;
    std::uint64_t drained_ = 0;
    std::atomic<bool> unread_{false};  // a line that is not seen now is seen with the next poll
};

}  // namespace mcast::dpdk
