#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/sip_hash.hpp"
#include "mcast/time.hpp"

namespace mcast::relay {

// What was seen lately, as fingerprints. Remembers each for a window of time; when more is seen
// than it has room for, the oldest go before their time, counted. All memory is taken at
// construction; no clock.
class FingerprintWindow {
public:
    struct Seen {
        Instant at{};            // when it was seen, or touched
        std::uint64_t mark = 0;  // of the caller: where it was seen, and how
        std::uint64_t note = 0;  // likewise
    };

    FingerprintWindow(std::size_t capacity, Duration window);

    // What is known of it; null if it was not seen within the window. Until the next add().
    [[nodiscard]] const Seen* find(Instant now, const Fingerprint& print) const;
    // It is seen now: as if for the first time, or again.
    void add(Instant now, const Fingerprint& print, std::uint64_t mark, std::uint64_t note = 0);

    [[nodiscard]] std::size_t size() const { return count_; }
    // Those that had to go before their time.
    [[nodiscard]] std::uint64_t evicted() const { return evicted_; }

private:
    struct Entry {
        Fingerprint print;
        Seen seen;
        bool again = false;  // seen since it got its place in the ring
    };
    static constexpr std::uint32_t kNone = 0xffff'ffff;

    [[nodiscard]] std::size_t home(const Fingerprint& print) const;
    // The place in the index where the fingerprint is, or would be.
    [[nodiscard]] std::size_t locate(const Fingerprint& print) const;
    void drop_oldest();
    void append(const Entry& entry);
    void unindex(std::size_t place);

    Duration window_;
    std::vector<Entry> entries_;        // a ring, about in the order of time
    std::vector<std::uint32_t> index_;  // linear probing; positions in entries_
    std::size_t head_ = 0;              // the oldest
    std::size_t count_ = 0;
    std::uint64_t evicted_ = 0;
};

}  // namespace mcast::relay
