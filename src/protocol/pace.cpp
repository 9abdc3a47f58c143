#include "protocol/pace.hpp"

#include <algorithm>

#include "protocol/limits.hpp"

namespace mcast::protocol {

namespace {

constexpr Duration kWindow = milliseconds(10);
// What a window counts for when the next is over: the peak is forgotten within a second or so.
constexpr double kFading = 0.97;

double seconds(Duration duration) {
    return std::chrono::duration<double>(duration).count();
}

Duration time_of(double datagrams, double rate) {
    return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(datagrams / rate));
}

}  // namespace

void Pace::on_sent(Instant now, std::uint32_t datagrams) {
    if (now - window_at_ >= kWindow) close_window(now);
    window_count_ += datagrams;
    if (rate_ != 0.0) credit_ -= static_cast<double>(datagrams);
}

void Pace::close_window(Instant now) {
    const double rate = static_cast<double>(window_count_) / seconds(now - window_at_);
    peak_ = std::max(peak_ * kFading, rate);
    window_at_ = now;
    window_count_ = 0;
}

double Pace::measured() const {
    return peak_;
}

void Pace::on_overrun(Instant now) {
    if (now - cut_at_ < kPaceHold && rate_ != 0.0) return;
    if (now - window_at_ >= kWindow) close_window(now);
    const double from = rate_ == 0.0 ? peak_ : std::min(rate_, std::max(peak_, kPaceRateMin));
    if (rate_ == 0.0) {
        refilled_at_ = now;
        credit_ = 0.0;
    }
    rate_ = std::max(from * kPaceCut, kPaceRateMin);
    cut_at_ = grown_at_ = now;
}

void Pace::refill(Instant now) {
    while (now - grown_at_ >= kPaceStep && rate_ != 0.0) {
        grown_at_ += kPaceStep;
        rate_ *= kPaceGrowth;
        // Far beyond what is sent, it limits nothing.
        if (rate_ > 8.0 * std::max(peak_, kPaceRateMin)) rate_ = 0.0;
    }
    // A burst of two milliseconds, for programs that poll so often.
    const double burst = std::max(32.0, rate_ * 0.002);
    credit_ = std::min(credit_ + rate_ * seconds(now - refilled_at_), burst);
    refilled_at_ = now;
}

bool Pace::may_send(Instant now) {
    if (rate_ == 0.0) return true;
    refill(now);
    return rate_ == 0.0 || credit_ >= 1.0;
}

bool RepairBudget::take(Instant now, double rate) {
    const double allowed = std::max(rate * kRepairShare, kRepairRateMin);
    if (!begun_) {
        begun_ = true;
        credit_ = kRepairBurst;
        refilled_at_ = now;
    }
    credit_ = std::min(credit_ + allowed * seconds(now - refilled_at_), kRepairBurst);
    refilled_at_ = now;
    if (credit_ < 1.0) {
        ready_at_ = now + time_of(1.0 - credit_, allowed);
        return false;
    }
    credit_ -= 1.0;
    return true;
}

}  // namespace mcast::protocol
