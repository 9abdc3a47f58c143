#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "payload.capnp.h"

namespace mcast::bench {

inline constexpr std::size_t kQuoteSize = 64;
inline constexpr std::size_t kBlockOverhead = 40;  // of a Block beside its data

// What a receiver takes from a message: everything is read, nothing optimised out.
struct Seen {
    std::uint64_t number = 0;
    std::uint64_t time = 0;
    bool intact = false;
    std::uint64_t sum = 0;
};

// A word that tells a message from one that was damaged or mixed up on its way.
[[nodiscard]] inline std::uint64_t check_word(std::uint64_t number) {
    return number ^ 0x6d63617374u;  // any constant that is not zero
}

void fill(Quote::Builder quote, std::uint64_t number, std::uint64_t time, std::size_t size);
void fill(Block::Builder block, std::uint64_t number, std::uint64_t time, std::size_t size);
[[nodiscard]] Seen read(const Quote::Reader& quote);
[[nodiscard]] Seen read(const Block::Reader& block);

// A message of a size in stream framing: a Quote of 64 bytes, a Block of any other size. Its words
// lie where Cap'n Proto puts them, so that it can be stamped and read as bytes.
class Content {
public:
    explicit Content(std::size_t size);

    [[nodiscard]] std::size_t size() const { return frame_.size(); }
    [[nodiscard]] std::uint64_t type_id() const;

    void write(std::byte* to, std::uint64_t number, std::uint64_t time) const {
        std::memcpy(to, frame_.data(), frame_.size());
        stamp(to, number, time);
    }
    // The template itself with other stamps, for those who copy it themselves.
    [[nodiscard]] std::span<const std::byte> stamped(std::uint64_t number, std::uint64_t time) {
        stamp(frame_.data(), number, time);
        return frame_;
    }
    [[nodiscard]] Seen read(const std::byte* from) const {
        Seen seen;
        std::memcpy(&seen.number, from + kNumberOffset, sizeof seen.number);
        std::memcpy(&seen.time, from + kTimeOffset, sizeof seen.time);
        std::uint64_t check = 0;
        std::memcpy(&check, from + check_offset_, sizeof check);
        seen.intact = check == check_word(seen.number);
        for (std::size_t at = 0; at < frame_.size(); at += sizeof(std::uint64_t)) {
            std::uint64_t word = 0;
            std::memcpy(&word, from + at, sizeof word);
            seen.sum += word;
        }
        return seen;
    }

private:
    // Behind segment table and root pointer: the first two words of either struct.
    static constexpr std::size_t kNumberOffset = 16;
    static constexpr std::size_t kTimeOffset = 24;

    void stamp(std::byte* message, std::uint64_t number, std::uint64_t time) const {
        const std::uint64_t check = check_word(number);
        std::memcpy(message + kNumberOffset, &number, sizeof number);
        std::memcpy(message + kTimeOffset, &time, sizeof time);
        std::memcpy(message + check_offset_, &check, sizeof check);
    }

    std::vector<std::byte> frame_;
    std::size_t check_offset_;
};

}  // namespace mcast::bench
