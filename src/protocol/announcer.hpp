#pragma once

#include <cstddef>
#include <cstdint>

#include "base/random.hpp"
#include "base/token_bucket.hpp"
#include "mcast/time.hpp"

namespace mcast::protocol {

// When to announce on one interface.
//
//   start ──► Burst: now, then kBurstGaps, each asking for replies
//     Burst over ──► Regular: every interval(), jittered
//     newcomer, change ──► pulls the next one forward, as far as the reply budget allows
//
// interval() grows with the peers heard and the size of an announcement, so that all nodes of a
// domain together stay under kAnnounceBandwidth on this network.
class Announcer {
public:
    // `interval`: between announcements while there are few peers.
    explicit Announcer(Duration interval);

    void start(Instant now);
    // Who shares the bandwidth: peers heard on this interface, and the bytes of one announcement
    // (all its datagrams and ways).
    void on_population(std::size_t peers, std::size_t bytes);
    // Somebody who may not know us has been heard; answer within the reply window.
    void on_newcomer(Instant now, Random& random);
    // Data came from somebody unknown: ask everybody to announce.
    void on_stranger(Instant now, Random& random);
    // What we announce has changed.
    void on_change(Instant now);

    [[nodiscard]] Instant deadline() const { return next_; }  // kNever before start()

    struct Announcement {
        bool wants_reply = false;
        Duration interval{};  // the next one follows within this, to be told to the peers
    };
    // Called at or after deadline(): announce now.
    Announcement on_deadline(Instant now, Random& random);

    [[nodiscard]] Duration interval() const { return interval_; }

private:
    void pull_forward(Instant now, Instant to);

    Duration base_interval_;
    Duration interval_;
    std::size_t peers_ = 0;
    std::size_t burst_sent_ = 0;
    bool ask_ = false;
    Instant next_ = kNever;
    TokenBucket replies_;
};

}  // namespace mcast::protocol
