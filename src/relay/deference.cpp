#include "relay/deference.hpp"

#include <algorithm>

namespace mcast::relay {

Deference::Deference(std::uint64_t seed) : random_(seed) {
    draw();
}

void Deference::draw() {
    wanted_ = base_ + static_cast<std::uint32_t>(random_.below(base_ * kSpread));
    copies_ = alone_ = 0;
}

void Deference::on_carried() {
    if (++alone_ > kWaitingMax) copies_ = 0;
}

bool Deference::on_copy() {
    if (leaves_) {
        if (waiting_ == 0) return false;
        first_ = (first_ + 1) % kWaitingMax;
        --waiting_;
        return false;
    }
    alone_ = 0;
    if (++copies_ < wanted_) return false;
    leaves_ = true;
    first_ = waiting_ = 0;
    return true;
}

void Deference::on_left(Instant now) {
    // The oldest is the one that will be missed first; whoever is not noted comes after it.
    if (waiting_ == kWaitingMax) return;
    left_[(first_ + waiting_++) % kWaitingMax] = now;
}

bool Deference::on_deadline(Instant now) {
    if (now < deadline()) return false;
    leaves_ = false;
    waiting_ = 0;
    base_ = std::min(base_ * 2, kCopiesMax);
    draw();
    return true;
}

Instant Deference::deadline() const {
    return waiting_ == 0 ? kNever : left_[first_] + kPatience;
}

}  // namespace mcast::relay
