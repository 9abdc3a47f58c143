#pragma once

#include <cstdint>

#include "mcast/time.hpp"

namespace mcast::protocol {

// How fast a stream is sent: as fast as it is published until a receiver's kernel drops some of
// it, then at a part of that rate, growing again while nothing is dropped.
//
//   free ──overrun──► paced ──overrun──► slower … ──quiet──► faster … ──no longer felt──► free
class Pace {
public:
    void on_sent(Instant now, std::uint32_t datagrams);
    void on_overrun(Instant now);

    // Whether another datagram may be sent now.
    [[nodiscard]] bool may_send(Instant now);
    [[nodiscard]] bool is_free() const { return rate_ == 0.0; }
    // Datagrams a second: allowed (0: any), and the most that were sent in a tenth of the last
    // second or so.
    [[nodiscard]] double rate() const { return rate_; }
    [[nodiscard]] double measured() const;

private:
    void refill(Instant now);
    void close_window(Instant now);

    double rate_ = 0.0;
    double credit_ = 0.0;
    Instant refilled_at_{};
    Instant cut_at_{};
    Instant grown_at_{};
    // Measuring: datagrams since window_at_, the peak of earlier windows, fading.
    Instant window_at_{};
    std::uint32_t window_count_ = 0;
    double peak_ = 0.0;
};

// Sends of repairs: a token bucket whose rate is a share of the stream's.
class RepairBudget {
public:
    // So many more may be sent at `now` when the stream was sent at `rate` datagrams a second.
    [[nodiscard]] bool take(Instant now, double rate);
    // When take() will say yes again.
    [[nodiscard]] Instant ready_at() const { return ready_at_; }

private:
    double credit_ = 0.0;
    bool begun_ = false;
    Instant refilled_at_{};
    Instant ready_at_{};
};

}  // namespace mcast::protocol
