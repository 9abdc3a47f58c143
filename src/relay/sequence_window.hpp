#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace mcast::relay {

// Which datagrams of a stream have been here. A sequence absurdly far from the others moves the
// window only when its successor comes, too (RFC 3550, A.1): until then it is neither known nor
// old, since one forged datagram must not make all honest ones old.
class SequenceWindow {
public:
    static constexpr std::uint64_t kSize = 1024;       // that are remembered
    static constexpr std::uint64_t kJumpMax = 65'536;  // beyond is far

    // True: it was not here, as far as is known.
    bool on_sequence(std::uint64_t sequence) {
        if (newest_ == 0) return begin(sequence);
        if (sequence > newest_) {
            if (sequence - newest_ > kJumpMax) return suspect(sequence);
            advance(sequence);
            return true;
        }
        const std::uint64_t age = newest_ - sequence;
        if (age > kJumpMax) return suspect(sequence);
        if (age >= kSize || has(sequence)) return false;
        set(sequence);
        return true;
    }

private:
    bool begin(std::uint64_t sequence) {
        seen_ = {};
        newest_ = sequence;
        suspect_ = 0;
        set(sequence);
        return true;
    }
    bool suspect(std::uint64_t sequence) {
        if (suspect_ != 0 && sequence == suspect_ + 1) return begin(sequence);
        suspect_ = sequence;
        return true;
    }
    void advance(std::uint64_t sequence) {
        if (sequence - newest_ >= kSize) {
            seen_ = {};
        } else {
            for (std::uint64_t between = newest_ + 1; between < sequence; ++between)
                seen_[word(between)] &= ~bit(between);
        }
        newest_ = sequence;
        set(sequence);
    }
    [[nodiscard]] static std::size_t word(std::uint64_t sequence) { return sequence % kSize / 64; }
    [[nodiscard]] static std::uint64_t bit(std::uint64_t sequence) {
        return std::uint64_t{1} << sequence % 64;
    }
    [[nodiscard]] bool has(std::uint64_t sequence) const {
        return (seen_[word(sequence)] & bit(sequence)) != 0;
    }
    void set(std::uint64_t sequence) { seen_[word(sequence)] |= bit(sequence); }

    std::uint64_t newest_ = 0;  // 0: none yet
    std::uint64_t suspect_ = 0;
    std::array<std::uint64_t, kSize / 64> seen_{};
};

}  // namespace mcast::relay
