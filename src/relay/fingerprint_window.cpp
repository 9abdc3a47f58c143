#include "relay/fingerprint_window.hpp"

#include <bit>

#include "mcast/assert.hpp"

namespace mcast::relay {

FingerprintWindow::FingerprintWindow(std::size_t capacity, Duration window)
    : window_(window),
      entries_(capacity),
      // At most half full, so that probes stay short.
      index_(std::bit_ceil(capacity * 2), kNone) {
    MCAST_ASSERT(capacity > 0, "a window remembers something");
}

std::size_t FingerprintWindow::home(const Fingerprint& print) const {
    return static_cast<std::size_t>(print.low) & (index_.size() - 1);
}

std::size_t FingerprintWindow::locate(const Fingerprint& print) const {
    std::size_t place = home(print);
    while (index_[place] != kNone && !(entries_[index_[place]].print == print))
        place = (place + 1) & (index_.size() - 1);
    return place;
}

const FingerprintWindow::Seen* FingerprintWindow::find(Instant now,
                                                       const Fingerprint& print) const {
    const std::uint32_t found = index_[locate(print)];
    if (found == kNone || entries_[found].seen.at + window_ <= now) return nullptr;
    return &entries_[found].seen;
}

void FingerprintWindow::add(Instant now, const Fingerprint& print, std::uint64_t mark,
                            std::uint64_t note) {
    if (const std::uint32_t found = index_[locate(print)]; found != kNone) {
        entries_[found].seen = {now, mark, note};
        entries_[found].again = true;
        return;
    }
    // One that is seen again and again must not keep all behind it from going: it gets in line
    // anew, once for each time that it was seen.
    while (count_ > 0) {
        const Entry oldest = entries_[head_];
        const bool is_over = oldest.seen.at + window_ <= now;
        if (!is_over && !oldest.again) break;
        drop_oldest();
        if (!is_over) append({oldest.print, oldest.seen});
    }
    if (count_ == entries_.size()) {
        ++evicted_;
        drop_oldest();
    }
    append({print, {now, mark, note}});
}

void FingerprintWindow::append(const Entry& entry) {
    const std::size_t position = (head_ + count_++) % entries_.size();
    entries_[position] = entry;
    // Looked for only now: dropping has moved others.
    index_[locate(entry.print)] = static_cast<std::uint32_t>(position);
}

void FingerprintWindow::drop_oldest() {
    unindex(locate(entries_[head_].print));
    head_ = (head_ + 1) % entries_.size();
    --count_;
}

void FingerprintWindow::unindex(std::size_t hole) {
    const std::size_t mask = index_.size() - 1;
    // Closes the gap: moves back whatever would no longer be found across the hole.
    for (std::size_t i = (hole + 1) & mask; index_[i] != kNone; i = (i + 1) & mask) {
        const std::size_t distance = (i - home(entries_[index_[i]].print)) & mask;
        if (distance < ((i - hole) & mask)) continue;
        index_[hole] = index_[i];
        hole = i;
    }
    index_[hole] = kNone;
}

}  // namespace mcast::relay
