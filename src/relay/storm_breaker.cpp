#include "relay/storm_breaker.hpp"

#include <algorithm>

namespace mcast::relay {

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

TokenBucket bucket(std::uint32_t rate) {
    const std::uint32_t each_second = std::max(rate, 1u);
    return TokenBucket(std::max(each_second / 2, 1u), kSecond / each_second);
}

std::int64_t ticks(Instant now) {
    return now.time_since_epoch().count();
}

}  // namespace

StormBreaker::StormBreaker(std::uint32_t rate, Duration open)
    : rate_(rate), open_(open), offered_(bucket(rate)), probe_(bucket(rate / 10)) {}

StormBreaker::Answer StormBreaker::take(Instant now) {
    if (rate_ == 0) return Answer::Pass;
    switch (state_) {
        case State::Closed:
            return offered_.take(ticks(now)) ? Answer::Pass : trip(now);
        case State::Open:
            ++refused_;
            return Answer::Refuse;
        case State::Probing:
            if (!offered_.take(ticks(now))) return trip(now);
            if (probe_.take(ticks(now))) return Answer::Pass;
            ++refused_;
            return Answer::Refuse;
    }
    return Answer::Refuse;
}

StormBreaker::Answer StormBreaker::trip(Instant now) {
    if (state_ == State::Closed) refused_ = 0;
    state_ = State::Open;
    until_ = now + open_;
    ++refused_;
    ++trips_;
    return Answer::Trip;
}

bool StormBreaker::on_deadline(Instant now) {
    if (now < until_) return false;
    if (state_ == State::Open) {
        state_ = State::Probing;
        until_ = now + kProbe;
        // What came while it was open says nothing about what comes now.
        offered_ = bucket(rate_);
        probe_ = bucket(rate_ / 10);
        return false;
    }
    state_ = State::Closed;
    until_ = kNever;
    return true;
}

Instant StormBreaker::deadline() const {
    return until_;
}

}  // namespace mcast::relay
