#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "mcast/buffer.hpp"
#include "mcast/time.hpp"
#include "protocol/message_pool.hpp"

namespace mcast::protocol {

// One piece of a large message, as its datagram said; checked against itself by src/wire.
struct FragmentPiece {
    std::uint32_t stream = 0;    // index of the receiving stream
    std::uint64_t sequence = 0;  // of its datagram
    std::uint32_t message_size = 0;
    std::uint16_t index = 0;
    std::uint16_t count = 0;
    std::uint32_t offset = 0;  // of the data within the message
    std::span<const std::byte> data;
    bool keep = false;  // of a reliable stream: what is missing comes, however long it takes
};

// Puts large messages together again, in any order of their fragments, in memory that is bounded:
// at most one message of a stream, and `count` messages in all, at a time. When there is no room
// the one that waited longest is given up. Incomplete ones end after kReassemblyTimeout. Those that
// are kept are not given up for others and do not end.
class Reassembler {
public:
    // Room for `count` messages of at most `message_size_max` bytes; as many again, and many
    // more of smaller ones, may wait to be drained before Outcome::NoRoom.
    Reassembler(std::size_t count, std::size_t message_size_max);

    enum class Outcome : std::uint8_t { Stored, Complete, Duplicate, Malformed, TooLarge, NoRoom };
    struct Result {
        Outcome outcome = Outcome::Stored;
        Buffer message;                      // Complete: the framed message
        std::uint64_t first_sequence = 0;    // Complete: of its first fragment
        std::uint32_t abandoned = 0;         // fragments of another message, given up for this one
        std::uint32_t abandoned_stream = 0;  // whose they were
    };
    Result on_fragment(Instant now, const FragmentPiece& piece);

    // Whether a late datagram is a fragment that the stream's open message still lacks.
    [[nodiscard]] bool wants(std::uint32_t stream, std::uint64_t sequence) const;
    // The stream moved beyond `sequence` or ended: gives up what cannot be completed any more, and
    // returns how many fragments of it had arrived.
    std::uint32_t on_stream_passed(std::uint32_t stream, std::uint64_t sequence);

    [[nodiscard]] Instant deadline() const;  // kNever: nothing is waiting
    // Gives up what waits too long: `handler(stream, how many fragments of it had arrived)`.
    template <typename Handler>
    void on_deadline(Instant now, Handler&& handler) {
        for (Assembly& assembly : assemblies_)
            if (assembly.message && !assembly.keep && assembly.expires <= now)
                handler(assembly.stream, give_up(assembly));
    }

private:
    struct Assembly {
        Buffer message;  // empty: this place is free
        std::uint32_t stream = 0;
        std::uint64_t first_sequence = 0;
        std::uint32_t message_size = 0;
        std::uint32_t slice = 0;  // bytes in each fragment but the last
        std::uint16_t count = 0;
        std::uint16_t received = 0;
        bool keep = false;
        Instant expires{};
        std::vector<bool> present;  // capacity taken at construction
    };
    Assembly* find(std::uint32_t stream);
    Assembly* begin(const FragmentPiece& piece, Result& result);
    [[nodiscard]] static bool matches(const Assembly& assembly, const FragmentPiece& piece);
    static std::uint32_t give_up(Assembly& assembly);

    std::size_t message_size_max_;
    std::vector<Assembly> assemblies_;
    MessagePool pool_;
};

}  // namespace mcast::protocol
