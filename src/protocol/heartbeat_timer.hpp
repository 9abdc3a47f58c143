#pragma once

#include <algorithm>

#include "mcast/time.hpp"
#include "protocol/limits.hpp"

namespace mcast::protocol {

// When a stream tells where it stands: soon after its last datagram, so that a lost tail is
// noticed, then ever less often until everybody has everything and takes more.
//
//   quiet ──data──► soon ──beat──► later, twice as late each time ──settled──► quiet
class HeartbeatTimer {
public:
    void on_data(Instant now) {
        interval_ = kHeartbeatFirst;
        deadline_ = now + interval_;
    }
    // Something else to tell: a receiver is new.
    void on_news(Instant now) {
        interval_ = kHeartbeatFirst;
        deadline_ = now;
    }
    // One was sent; `settled`: all receivers have everything, and take more.
    void on_sent(Instant now, bool settled) {
        interval_ = std::min(interval_ * 2, kHeartbeatMax);
        deadline_ = settled ? kNever : now + interval_;
    }
    [[nodiscard]] Instant deadline() const { return deadline_; }

private:
    Duration interval_ = kHeartbeatFirst;
    Instant deadline_ = kNever;
};

}  // namespace mcast::protocol
