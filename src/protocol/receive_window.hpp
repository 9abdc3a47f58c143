#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "mcast/time.hpp"

namespace mcast::protocol {

// Where a datagram of a reliable stream stands when it arrives.
enum class Position : std::uint8_t {
    Next,       // the one that is to be delivered now
    Ahead,      // to be held until those before it are there
    Duplicate,  // delivered, held or given up already
    Beyond,     // further ahead than the window reaches: to be dropped, it will be asked for
};

// Order and gaps of a reliable stream: which datagrams are held, which are missing, since when, and
// when to ask for them. What is held lies with the caller, who gets back the place it gave.
//
//   base            next to be delivered
//   base … end      sent, as far as we know: held or missing
//   base + capacity how far anything is held
class ReceiveWindow {
public:
    // Of `capacity` datagrams, rounded up to a power of two of 64 or more.
    explicit ReceiveWindow(std::size_t capacity);

    // Starts anew: `base` is the first datagram to be delivered.
    void begin(std::uint64_t base);

    [[nodiscard]] std::uint64_t base() const { return base_; }
    [[nodiscard]] std::uint64_t end() const { return end_; }
    [[nodiscard]] std::size_t capacity() const { return mask_ + 1; }
    // Gaps are known before it: what is missing behind it is not yet asked for.
    [[nodiscard]] std::uint64_t reach() const { return tracked_; }
    [[nodiscard]] std::size_t held() const { return held_; }
    [[nodiscard]] std::uint64_t missing() const { return end_ - base_ - held_; }

    [[nodiscard]] Position position(std::uint64_t sequence) const;
    // Everything before `end` was sent: what of it is not here is missing since `now` and to be
    // asked for at `ask`.
    void extend(std::uint64_t end, Instant now, Instant ask);
    // Nothing from `end` on was sent, as we know now: it is not missing. What is held stays.
    void retract(std::uint64_t end);
    // The datagram, which is Next or Ahead and below end(), lies at `place`.
    void hold(std::uint64_t sequence, std::uint32_t place);
    // Next was delivered without being held.
    void pass(Instant now, Instant ask);
    // The place of the datagram at base, if it is held.
    [[nodiscard]] std::optional<std::uint32_t> front() const;
    // Takes it out: the base moves on by one.
    std::uint32_t pop(Instant now, Instant ask);
    // Missing ones at the base: gives up those before `before`, or all up to the first that is
    // held. Returns how many; the base is behind them.
    std::uint64_t give_up(std::uint64_t before, Instant now, Instant ask);
    // Since when the one at the base is missing; nothing if it is held, or nothing is expected.
    [[nodiscard]] std::optional<Instant> missing_since() const;
    // Behind the run of missing ones at the base that are missing since `since` or longer.
    [[nodiscard]] std::uint64_t noticed_end(Instant since) const;
    // Lets go of everything that is held, calling `release(place)`.
    template <typename Release>
    void clear(Release&& release) {
        for (std::uint64_t sequence = base_; sequence < tracked_ && held_ > 0; ++sequence)
            if (is_here(sequence)) release(take(sequence));
    }

    // Of the missing ones from `from` on, the first run whose time to be asked for has come; first
    // > last: there is none. Each is to be asked for again at `retry(how often it was asked, how
    // often in vain)`.
    // `earliest` becomes no later than the next such time of those that were looked at.
    struct Range {
        std::uint64_t first = 1;
        std::uint64_t last = 0;
    };
    template <typename Retry>
    Range next_due(std::uint64_t from, Instant now, Instant& earliest, Retry&& retry) {
        Range range;
        for (std::uint64_t sequence = from < base_ ? base_ : from; sequence < tracked_;) {
            sequence = next_missing(sequence);
            if (sequence >= tracked_) break;
            Gap& gap = gaps_[slot(sequence)];
            const bool adjacent = range.last == 0 || sequence == range.last + 1;
            if (gap.ask > now || !adjacent) {
                if (range.last != 0) return range;
                if (gap.ask < earliest) earliest = gap.ask;
                ++sequence;
                continue;
            }
            if (range.last == 0) range.first = sequence;
            range.last = sequence++;
            gap.ask = retry(unsigned{gap.asked}, unsigned{gap.asked} - gap.overtaken);
            if (gap.asked < 255) ++gap.asked;
            gap.left = false;
            if (gap.ask < earliest) earliest = gap.ask;
        }
        return range;
    }
    // A repair of these is on its way, or cannot be held yet: not before `ask`.
    void postpone(std::uint64_t first, std::uint64_t last, Instant ask);
    // Another receiver has asked for these: the same, once for each time that we asked.
    void leave_to_others(std::uint64_t first, std::uint64_t last, Instant ask);
    // The missing `sequence` has come. Repairs come in order: those from `from` on and before it
    // that were asked for together with it were lost on their way once more, and are due again.
    // True if there are some.
    bool on_overtaken(std::uint64_t from, std::uint64_t sequence, Instant now);
    // How often a missing datagram was asked for.
    [[nodiscard]] unsigned asked(std::uint64_t sequence) const;

private:
    struct Gap {
        Instant since{};
        Instant ask{};
        std::uint8_t asked = 0;
        bool left = false;           // to others that ask, since we did
        std::uint8_t overtaken = 0;  // of these, how often a repair went astray: no reason to wait
    };
    [[nodiscard]] std::size_t slot(std::uint64_t sequence) const {
        return static_cast<std::size_t>(sequence) & mask_;
    }
    [[nodiscard]] bool is_here(std::uint64_t sequence) const {
        return ((here_[slot(sequence) / 64] >> (sequence % 64)) & 1) != 0;
    }
    // The first at or behind `sequence` that is not here; may be beyond tracked_.
    [[nodiscard]] std::uint64_t next_missing(std::uint64_t sequence) const;
    // The first at or behind `sequence` that is; UINT64_MAX: none.
    [[nodiscard]] std::uint64_t next_here(std::uint64_t sequence) const;
    std::uint32_t take(std::uint64_t sequence);
    // What has come into reach of the window is missing from now on.
    void track(Instant now, Instant ask);

    std::size_t mask_;
    std::vector<std::uint64_t> here_;   // a bit for each slot
    std::vector<std::uint32_t> place_;  // of those that are here
    std::vector<Gap> gaps_;             // of those that are not
    std::uint64_t base_ = 1;
    std::uint64_t end_ = 1;
    std::uint64_t tracked_ = 1;  // gaps_ are known before it: min(end_, base_ + capacity)
    std::size_t held_ = 0;
};

}  // namespace mcast::protocol
