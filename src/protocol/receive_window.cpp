#include "protocol/receive_window.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "mcast/assert.hpp"

namespace mcast::protocol {

ReceiveWindow::ReceiveWindow(std::size_t capacity)
    : mask_(std::bit_ceil(std::max<std::size_t>(capacity, 64)) - 1),
      here_((mask_ + 1) / 64),
      place_(mask_ + 1),
      gaps_(mask_ + 1) {}

void ReceiveWindow::begin(std::uint64_t base) {
    std::fill(here_.begin(), here_.end(), 0);
    base_ = end_ = tracked_ = base;
    held_ = 0;
}

Position ReceiveWindow::position(std::uint64_t sequence) const {
    if (sequence < base_) return Position::Duplicate;
    if (sequence - base_ > mask_) return Position::Beyond;
    if (sequence < tracked_ && is_here(sequence)) return Position::Duplicate;
    return sequence == base_ ? Position::Next : Position::Ahead;
}

void ReceiveWindow::extend(std::uint64_t end, Instant now, Instant ask) {
    if (end <= end_) return;
    end_ = end;
    track(now, ask);
}

void ReceiveWindow::retract(std::uint64_t end) {
    std::uint64_t last = std::max(end, base_);
    for (std::uint64_t sequence = tracked_; sequence > last; --sequence)
        if (is_here(sequence - 1)) last = sequence;
    end_ = std::min(end_, last);
    tracked_ = std::min(tracked_, end_);
}

void ReceiveWindow::track(Instant now, Instant ask) {
    const std::uint64_t reach = std::min(end_, base_ + capacity());
    for (; tracked_ < reach; ++tracked_)
        gaps_[slot(tracked_)] = {.since = now, .ask = ask};
}

void ReceiveWindow::hold(std::uint64_t sequence, std::uint32_t place) {
    MCAST_ASSERT(sequence >= base_ && sequence < tracked_ && !is_here(sequence),
                 "what is held lies in the window, once");
    here_[slot(sequence) / 64] |= std::uint64_t{1} << (sequence % 64);
    place_[slot(sequence)] = place;
    ++held_;
}

void ReceiveWindow::pass(Instant now, Instant ask) {
    ++base_;
    end_ = std::max(end_, base_);
    tracked_ = std::max(tracked_, base_);
    if (tracked_ < end_) track(now, ask);
}

std::optional<std::uint32_t> ReceiveWindow::front() const {
    if (base_ >= tracked_ || !is_here(base_)) return std::nullopt;
    return place_[slot(base_)];
}

std::uint32_t ReceiveWindow::take(std::uint64_t sequence) {
    here_[slot(sequence) / 64] &= ~(std::uint64_t{1} << (sequence % 64));
    --held_;
    return place_[slot(sequence)];
}

std::uint32_t ReceiveWindow::pop(Instant now, Instant ask) {
    const std::uint32_t place = take(base_);
    pass(now, ask);
    return place;
}

std::uint64_t ReceiveWindow::give_up(std::uint64_t before, Instant now, Instant ask) {
    const std::uint64_t first = base_;
    std::uint64_t stop = std::min(before, end_);
    if (held_ > 0) stop = std::min(stop, next_here(first));
    if (stop <= first) return 0;
    base_ = stop;
    tracked_ = std::max(tracked_, base_);
    track(now, ask);
    return stop - first;
}

std::optional<Instant> ReceiveWindow::missing_since() const {
    if (base_ >= tracked_ || is_here(base_)) return std::nullopt;
    return gaps_[slot(base_)].since;
}

std::uint64_t ReceiveWindow::noticed_end(Instant since) const {
    std::uint64_t sequence = base_;
    while (sequence < tracked_ && !is_here(sequence) && gaps_[slot(sequence)].since <= since)
        ++sequence;
    return sequence;
}

std::uint64_t ReceiveWindow::next_missing(std::uint64_t sequence) const {
    while (sequence < tracked_) {
        const std::uint64_t word = here_[slot(sequence) / 64] >> (sequence % 64);
        const auto run = static_cast<std::uint64_t>(std::countr_one(word));
        const std::uint64_t rest = 64 - sequence % 64;
        if (run < rest) return sequence + run;
        sequence += rest;
    }
    return sequence;
}

std::uint64_t ReceiveWindow::next_here(std::uint64_t sequence) const {
    while (sequence < tracked_) {
        const std::uint64_t word = here_[slot(sequence) / 64] >> (sequence % 64);
        if (word != 0) return sequence + static_cast<std::uint64_t>(std::countr_zero(word));
        sequence += 64 - sequence % 64;
    }
    return UINT64_MAX;
}

void ReceiveWindow::postpone(std::uint64_t first, std::uint64_t last, Instant ask) {
    for (std::uint64_t sequence = std::max(first, base_); sequence <= last && sequence < tracked_;
         ++sequence) {
        Gap& gap = gaps_[slot(sequence)];
        if (!is_here(sequence)) gap.ask = std::max(gap.ask, ask);
    }
}

void ReceiveWindow::leave_to_others(std::uint64_t first, std::uint64_t last, Instant ask) {
    for (std::uint64_t sequence = std::max(first, base_); sequence <= last && sequence < tracked_;
         ++sequence) {
        Gap& gap = gaps_[slot(sequence)];
        if (is_here(sequence) || std::exchange(gap.left, true)) continue;
        gap.ask = std::max(gap.ask, ask);
    }
}

bool ReceiveWindow::on_overtaken(std::uint64_t from, std::uint64_t sequence, Instant now) {
    if (asked(sequence) == 0) return false;
    const Gap& came = gaps_[slot(sequence)];
    bool due = false;
    for (std::uint64_t lost = next_missing(std::max(from, base_)); lost < sequence;
         lost = next_missing(lost + 1)) {
        Gap& gap = gaps_[slot(lost)];
        // As often and at the same time: in one request.
        if (gap.asked != came.asked || gap.ask != came.ask) continue;
        gap.ask = now;
        if (gap.overtaken < gap.asked) ++gap.overtaken;
        due = true;
    }
    return due;
}

unsigned ReceiveWindow::asked(std::uint64_t sequence) const {
    if (sequence < base_ || sequence >= tracked_ || is_here(sequence)) return 0;
    return gaps_[slot(sequence)].asked;
}

}  // namespace mcast::protocol
