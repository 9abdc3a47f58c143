#include "protocol/receive_stream.hpp"

#include "protocol/limits.hpp"

namespace mcast::protocol {

Arrival ReceiveStream::on_datagram(std::uint64_t sequence) {
    if (sequence == 0) return {Verdict::Implausible};
    if (newest_ == 0) {
        newest_ = sequence;
        seen_ = 1;
        return {};
    }
    if (sequence > newest_)
        return sequence - newest_ <= kSequenceJumpMax ? advance(sequence) : suspect(sequence);
    return newest_ - sequence <= kSequenceJumpMax ? look_back(sequence) : suspect(sequence);
}

Arrival ReceiveStream::advance(std::uint64_t sequence) {
    const std::uint64_t step = sequence - newest_;
    Arrival arrival;
    if (step > 1) {
        arrival.missing_first = newest_ + 1;
        arrival.missing_last = sequence - 1;
    }
    const bool within = step < kSequenceWindow;
    seen_ = within ? (seen_ << step) | 1 : 1;
    // All between the previous newest and this one, which is bit 0.
    const std::uint64_t between = (within ? (std::uint64_t{1} << step) - 1 : UINT64_MAX) & ~1ull;
    missing_ = (within ? missing_ << step : 0) | between;
    newest_ = sequence;
    suspect_ = 0;
    return arrival;
}

Arrival ReceiveStream::look_back(std::uint64_t sequence) {
    const std::uint64_t age = newest_ - sequence;
    if (age >= kSequenceWindow) return {Verdict::Late};
    const std::uint64_t bit = std::uint64_t{1} << age;
    if ((seen_ & bit) != 0) return {Verdict::Duplicate};
    Arrival arrival{Verdict::Late};
    arrival.was_missing = (missing_ & bit) != 0;
    seen_ |= bit;
    missing_ &= ~bit;
    return arrival;
}

Arrival ReceiveStream::suspect(std::uint64_t sequence) {
    if (suspect_ == 0 || sequence != suspect_ + 1) {
        suspect_ = sequence;
        return {Verdict::Implausible};
    }
    // Confirmed: the stream goes on here. What it left out forwards is missing; what a step back
    // means cannot be told.
    Arrival arrival;
    if (suspect_ > newest_) {
        arrival.missing_first = newest_ + 1;
        arrival.missing_last = suspect_ - 1;
    }
    newest_ = sequence;
    seen_ = 0b11;
    missing_ = 0;
    suspect_ = 0;
    return arrival;
}

}  // namespace mcast::protocol
