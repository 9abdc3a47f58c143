#include "transports/dpdk/eal_log.hpp"

#include <algorithm>

namespace mcast::dpdk {

void EalLog::write(std::string_view bytes) {
    const Turn::Hold hold(turn_);
    for (const char each : bytes) {
        if (each == '\n')
            end_line();
        else if (current_.length < kLineMax && each != '\r')
            current_.text[current_.length++] = each;
    }
}

void EalLog::end_line() {
    if (current_.length > 0) {
        lines_[written_++ % kLines] = current_;
        unread_.store(true, std::memory_order_relaxed);
    }
    current_.length = 0;
}

void EalLog::drain(const Log& log) {
    for (;;) {
        std::string text;
        std::uint64_t lost = 0;
        {
            // Not while the user's function runs: it may do anything, log to EAL even.
            const Turn::Hold hold(turn_);
            if (drained_ == written_) {
                unread_.store(false, std::memory_order_relaxed);
                return;
            }
            if (written_ - drained_ > kLines) {
                lost = written_ - drained_ - kLines;
                drained_ += lost;
            }
            const Line& line = lines_[drained_++ % kLines];
            text.assign(line.text.data(), line.length);
        }
        if (!log) continue;
        if (lost > 0)
            log(LogLevel::Warning, "dpdk: " + std::to_string(lost) + " lines of EAL were lost");
        log(LogLevel::Info, "dpdk: " + text);
    }
}

std::string EalLog::latest(std::uint64_t mark) const {
    const Turn::Hold hold(turn_);
    if (written_ == mark) return {};
    const Line& line = lines_[(written_ - 1) % kLines];
    return {line.text.data(), line.length};
}

std::uint64_t EalLog::mark() const {
    const Turn::Hold hold(turn_);
    return written_;
}

}  // namespace mcast::dpdk
