#include "tools/mcast/bench/tally.hpp"

namespace mcast::bench {

void Tally::on_batch(Instant now) {
    last_at_ = now;
    if (!begun_) {
        begun_ = true;
        first_at_ = now;
    }
    if (!warm_ && now - first_at_ >= warm_up_) {
        // What this batch brought is not part of the window that it begins.
        warm_ = true;
        warm_at_ = now;
        window_from_ = received_;
    }
}

void Tally::time_message(std::uint64_t time) {
    if (!warm_) return;
    latencies_.add(now().time_since_epoch() + offset_ - Duration(static_cast<std::int64_t>(time)));
}

double Tally::window_seconds() const {
    return warm_ ? std::chrono::duration<double>(last_at_ - warm_at_).count() : 0;
}

}  // namespace mcast::bench
