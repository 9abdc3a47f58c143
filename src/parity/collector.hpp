#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "mcast/buffer.hpp"
#include "parity/block.hpp"
#include "wire/parity.hpp"

namespace mcast::parity {

// Datagrams of a stream that are held at most: two blocks of the largest kind.
inline constexpr std::size_t kHeldMax = 2 * wire::kParityBlockMax;

enum class PieceVerdict : std::uint8_t {
    Kept,           // the block may be ready now
    Useless,        // its block is complete or too old, or the piece was here
    Contradictory,  // to another piece of its block, or to where the stream is
};

// What has come of the blocks of one stream: holds its last datagrams, and pieces of the two newest
// blocks, until each block is complete or overtaken. It holds nothing before the first piece has
// come, so a stream without parity costs nothing; of the first block nothing can be recovered.
//
//     if (collector.on_piece(...) == Kept, or after on_datagram())
//         while (collector.ready(block)) {
//             decoded = decoder.decode(block, header);
//             collector.close(block.first);
//             copy what was recovered, and take it in as if it had arrived, on_datagram() included
//         }
class Collector {
public:
    Collector() = default;

    // A datagram of the stream that arrived, in whatever order, repaired and recovered ones as
    // well: its Buffer is shared while its block may need it.
    void on_datagram(std::uint64_t sequence, const Buffer& datagram);
    // A piece that arrived; `datagram` holds its data, `first` is the sequence of its header.
    PieceVerdict on_piece(std::uint64_t first, const wire::Parity& piece, const Buffer& datagram);

    // Puts the oldest block that can be completed into `block`; false if none can. Its views are
    // valid until the next change of the collector.
    [[nodiscard]] bool ready(Block& block) const;
    // Ends the block that begins at `first`, whatever became of it.
    void close(std::uint64_t first);
    // The stream is complete so far or has ended: lets go of all Buffers. Pieces that come later
    // for what was held are useless.
    void clear();

    // Buffers held now: datagrams and pieces.
    [[nodiscard]] std::size_t held_count() const;

private:
    static constexpr std::size_t kBlocks = 2;

    struct OpenBlock {
        std::uint64_t first = 0;  // 0: none
        std::uint8_t count = 0;
        std::uint8_t missing_count = 0;
        std::uint8_t piece_count = 0;
        std::array<wire::Parity, wire::kParityPiecesMax> pieces{};
        std::array<Buffer, wire::kParityPiecesMax> buffers{};

        [[nodiscard]] std::uint64_t after() const { return first + count; }
        [[nodiscard]] bool has(std::uint64_t sequence) const {
            return first != 0 && sequence >= first && sequence < after();
        }
    };

    [[nodiscard]] const Buffer* find(std::uint64_t sequence) const;
    [[nodiscard]] OpenBlock* place_for(std::uint64_t first, std::uint64_t after);
    void finish(OpenBlock& block);
    void release_before(std::uint64_t sequence);

    bool active_ = false;                  // a piece has come
    std::uint64_t newest_ = 0;             // sequence of the newest datagram
    std::uint64_t begin_ = 1;              // nothing before it is held any more
    std::uint64_t done_ = 0;               // end of the newest block that is finished
    std::array<Buffer, kHeldMax> held_{};  // from begin_ to newest_, by sequence modulo kHeldMax
    std::array<OpenBlock, kBlocks> blocks_{};  // those with a piece
};

}  // namespace mcast::parity
