#include "parity/collector.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace mcast::parity {
namespace {

std::size_t slot_of(std::uint64_t sequence) {
    return static_cast<std::size_t>(sequence % kHeldMax);
}

}  // namespace

void Collector::on_datagram(std::uint64_t sequence, const Buffer& datagram) {
    if (sequence > newest_) {
        newest_ = sequence;
        if (newest_ >= begin_ + kHeldMax) release_before(newest_ - kHeldMax + 1);
    }
    if (!active_ || sequence < begin_ || find(sequence) != nullptr) return;
    held_[slot_of(sequence)] = datagram;
    for (OpenBlock& block : blocks_) {
        if (!block.has(sequence)) continue;
        if (--block.missing_count == 0) finish(block);
        return;
    }
}

PieceVerdict Collector::on_piece(std::uint64_t first, const wire::Parity& piece,
                                 const Buffer& datagram) {
    const std::uint64_t after = first + piece.count;
    if (first == 0 || after < first) return PieceVerdict::Contradictory;
    // All datagrams of a block may be missing, but not of several.
    if (first > newest_ && first - newest_ > wire::kParityBlockMax)
        return PieceVerdict::Contradictory;
    if (!std::exchange(active_, true)) begin_ = newest_ + 1;
    if (first < begin_) {
        // Too late for this block, whatever comes of it.
        release_before(after);
        return PieceVerdict::Useless;
    }
    OpenBlock* const block = place_for(first, after);
    if (block == nullptr) return PieceVerdict::Contradictory;
    for (std::size_t i = 0; i < block->piece_count; ++i) {
        const wire::Parity& other = block->pieces[i];
        if (other.index == piece.index) return PieceVerdict::Useless;
        if (other.parity_count != piece.parity_count || other.data.size() != piece.data.size())
            return PieceVerdict::Contradictory;
    }
    if (block->first == 0) {
        block->first = first;
        block->count = piece.count;
        for (std::uint64_t sequence = first; sequence < after; ++sequence)
            if (find(sequence) == nullptr) ++block->missing_count;
    }
    if (block->missing_count == 0) {
        finish(*block);
        return PieceVerdict::Useless;
    }
    block->pieces[block->piece_count] = piece;
    block->buffers[block->piece_count] = datagram;
    ++block->piece_count;
    return PieceVerdict::Kept;
}

bool Collector::ready(Block& to) const {
    const OpenBlock* oldest = nullptr;
    for (const OpenBlock& block : blocks_) {
        if (block.first == 0 || block.missing_count > block.piece_count) continue;
        if (oldest == nullptr || block.first < oldest->first) oldest = &block;
    }
    if (oldest == nullptr) return false;
    to.first = oldest->first;
    to.count = oldest->count;
    to.piece_count = oldest->piece_count;
    to.pieces = oldest->pieces;
    for (std::size_t place = 0; place < to.count; ++place) {
        const Buffer* const datagram = find(to.first + place);
        to.datagrams[place] = {};
        if (datagram != nullptr) to.datagrams[place] = datagram->bytes();
    }
    return true;
}

void Collector::close(std::uint64_t first) {
    for (OpenBlock& block : blocks_)
        if (block.first == first && first != 0) finish(block);
}

void Collector::clear() {
    for (OpenBlock& block : blocks_)
        if (block.first != 0) finish(block);
    release_before(newest_ + 1);
}

std::size_t Collector::held_count() const {
    const auto is_held = [](const Buffer& buffer) { return static_cast<bool>(buffer); };
    std::ptrdiff_t count = std::ranges::count_if(held_, is_held);
    for (const OpenBlock& block : blocks_)
        count += std::ranges::count_if(block.buffers, is_held);
    return static_cast<std::size_t>(count);
}

const Buffer* Collector::find(std::uint64_t sequence) const {
    if (sequence < begin_ || sequence > newest_) return nullptr;
    const Buffer& buffer = held_[slot_of(sequence)];
    return buffer ? &buffer : nullptr;
}

// The block from `first` to before `after`, or where it can be opened: if need be the oldest one
// makes place. Nothing if it is older still, or overlaps another.
Collector::OpenBlock* Collector::place_for(std::uint64_t first, std::uint64_t after) {
    OpenBlock* place = &blocks_[0];
    for (OpenBlock& block : blocks_) {
        if (block.first == first && block.after() == after) return &block;
        if (block.first != 0 && first < block.after() && block.first < after) return nullptr;
        if (block.first < place->first) place = &block;
    }
    if (place->first > first) return nullptr;
    if (place->first != 0) finish(*place);
    return place;
}

void Collector::finish(OpenBlock& block) {
    done_ = std::max(done_, block.after());
    for (Buffer& buffer : block.buffers)
        buffer.reset();
    block.first = 0;
    block.count = block.missing_count = block.piece_count = 0;
    std::uint64_t needed = done_;
    for (const OpenBlock& other : blocks_)
        if (other.first != 0) needed = std::min(needed, other.first);
    release_before(needed);
}

void Collector::release_before(std::uint64_t sequence) {
    if (sequence <= begin_) return;
    const std::uint64_t from = std::exchange(begin_, sequence);
    const std::uint64_t until = std::min(sequence, newest_ + 1);
    // Once round, everything is gone.
    const std::uint64_t count = from < until ? std::min<std::uint64_t>(until - from, kHeldMax) : 0;
    for (std::uint64_t i = 0; i < count; ++i)
        held_[slot_of(from + i)].reset();
    for (OpenBlock& block : blocks_)
        if (block.first != 0 && block.first < begin_) finish(block);
}

}  // namespace mcast::parity
