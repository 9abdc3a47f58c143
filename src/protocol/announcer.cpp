#include "protocol/announcer.hpp"

#include <algorithm>
#include <iterator>

#include "protocol/limits.hpp"

namespace mcast::protocol {

namespace {

std::int64_t ticks(Instant time) {
    return time.time_since_epoch().count();
}

Duration scaled(Duration duration, double factor) {
    return Duration(static_cast<Duration::rep>(static_cast<double>(duration.count()) * factor));
}

}  // namespace

Announcer::Announcer(Duration interval)
    : base_interval_(std::max(interval, kAnnounceIntervalMin)),
      interval_(base_interval_),
      replies_(kReplyBurst, interval_.count()) {}

void Announcer::start(Instant now) {
    burst_sent_ = 0;
    next_ = now;
}

void Announcer::on_population(std::size_t peers, std::size_t bytes) {
    const double seconds =
        static_cast<double>(peers + 1) * static_cast<double>(bytes) / double{kRegularBandwidth};
    const Duration fair(static_cast<Duration::rep>(seconds * 1e9));
    const Duration previous = interval_;
    peers_ = peers;
    interval_ = std::max(base_interval_, fair);
    replies_.configure(peers < kCrowd ? kReplyBurst : kReplyBurstCrowded, interval_.count());
    // Reconsideration (RFC 3550, 6.3.3): what was planned while fewer peers were known waits, so
    // that a crowd which starts at once does not announce at the pace of a few.
    if (next_ != kNever && burst_sent_ > 0 && interval_ > previous * 2)
        next_ += (interval_ - previous) / 2;
}

void Announcer::pull_forward(Instant now, Instant to) {
    if (next_ <= to || !replies_.take(ticks(now))) return;
    next_ = to;
}

void Announcer::on_newcomer(Instant now, Random& random) {
    // Few answer at once; a crowd takes the time in which its answers stay within the half of the
    // bandwidth that is theirs, which is as long as a round of regular announcements.
    const Duration few = kReplyWindowPerPeer * static_cast<Duration::rep>(peers_ + 1);
    const Duration window =
        peers_ < kCrowd ? std::clamp(few, kReplyWindowMin, interval_) : interval_;
    pull_forward(now, now + random.duration(Duration::zero(), window));
}

void Announcer::on_stranger(Instant now, Random& random) {
    ask_ = true;
    on_newcomer(now, random);
}

void Announcer::on_change(Instant now) {
    pull_forward(now, now + kChangeDelay);
}

Announcer::Announcement Announcer::on_deadline(Instant now, Random& random) {
    const double spread = 1.0 - kJitter + 2.0 * kJitter * random.unit();
    const bool in_burst = burst_sent_ < std::size(kBurstGaps);
    Duration gap = scaled(interval_, spread);
    if (in_burst) {
        // In a crowd even the burst is slower: the first announcement has told most of them.
        gap = std::min(gap, std::max(scaled(kBurstGaps[burst_sent_], spread), interval_ / 16));
        ++burst_sent_;
    }
    next_ = now + gap;
    const bool wants_reply = in_burst || ask_;
    ask_ = false;
    return {wants_reply, scaled(interval_, 1.0 + kJitter)};
}

}  // namespace mcast::protocol
