#include "tools/mcast/file/backlog.hpp"

#include <algorithm>

namespace mcast::cli {

void Backlog::add(const Piece& piece) {
    RangeSet& wanted = wanted_.at(piece.file);
    size_ -= wanted.size();
    wanted.add(piece.range);
    size_ += wanted.size();
}

std::optional<Piece> Backlog::front(std::uint64_t size_max) const {
    std::uint64_t from = offset_;
    // Once more than there are files: the first one again, before where it was left.
    for (std::size_t i = 0; i <= wanted_.size() && size_ > 0; ++i, from = 0) {
        const std::size_t file = (file_ + i) % wanted_.size();
        if (const auto range = wanted_[file].next(from)) {
            // Not across a multiple, so that what is sent again is what was sent before.
            const std::uint64_t border = (range->first / size_max + 1) * size_max;
            return Piece{static_cast<std::uint32_t>(file),
                         {range->first, std::min(range->end, border)}};
        }
    }
    return std::nullopt;
}

void Backlog::pop(const Piece& piece) {
    RangeSet& wanted = wanted_.at(piece.file);
    size_ -= wanted.size();
    wanted.remove(piece.range);
    size_ += wanted.size();
    file_ = piece.file;
    offset_ = piece.range.end;
}

}  // namespace mcast::cli
