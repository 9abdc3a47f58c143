#pragma once

#include <cstddef>
#include <cstdint>

#include "mcast/time.hpp"
#include "tools/mcast/bench/case.hpp"
#include "tools/mcast/bench/content.hpp"
#include "tools/mcast/histogram.hpp"

namespace mcast::bench {

// What a receiving end has seen of a run. Counts everything; rate and latencies are of the time
// after the warm-up, which begins with the first message.
class Tally {
public:
    // `timed`: latencies are wanted. `offset`: what the stamps are ahead of now().
    Tally(Duration warm_up, bool timed, Duration offset)
        : warm_up_(warm_up), offset_(offset), timed_(timed) {}

    void on_message(const Seen& seen, std::size_t size) {
        sum_ += seen.sum;
        if (!seen.intact) ++corrupt_;
        if (seen.number <= highest_) {
            ++repeated_;
            return;
        }
        highest_ = seen.number;
        ++received_;
        bytes_ += size;
        if (timed_) time_message(seen.time);
    }
    // After each batch that was not empty.
    void on_batch(Instant now);

    [[nodiscard]] std::uint64_t received() const { return received_; }
    [[nodiscard]] std::uint64_t repeated() const { return repeated_; }  // or overtaken; not counted
    [[nodiscard]] std::uint64_t corrupt() const { return corrupt_; }
    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
    [[nodiscard]] std::uint64_t highest() const { return highest_; }
    [[nodiscard]] Instant last_at() const { return last_at_; }
    // Between the end of the warm-up and the last message.
    [[nodiscard]] std::uint64_t window_messages() const { return received_ - window_from_; }
    [[nodiscard]] double window_seconds() const;
    [[nodiscard]] const cli::Histogram& latencies() const { return latencies_; }
    // So that nothing that was read is optimised out.
    [[nodiscard]] std::uint64_t sum() const { return sum_; }

private:
    void time_message(std::uint64_t time);

    Duration warm_up_;
    Duration offset_;
    bool timed_;
    std::uint64_t sum_ = 0;
    std::uint64_t received_ = 0;
    std::uint64_t repeated_ = 0;
    std::uint64_t corrupt_ = 0;
    std::uint64_t bytes_ = 0;
    std::uint64_t highest_ = 0;
    std::uint64_t window_from_ = 0;
    bool begun_ = false;
    bool warm_ = false;
    Instant first_at_{};
    Instant warm_at_{};
    Instant last_at_{};
    cli::Histogram latencies_;
};

}  // namespace mcast::bench
