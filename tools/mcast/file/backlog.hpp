#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "tools/mcast/file/range_set.hpp"

namespace mcast::cli {

// A part of one of the files that are sent.
struct Piece {
    std::uint32_t file = 0;
    Range range;
    friend bool operator==(const Piece&, const Piece&) = default;
};

// What has still to be sent: the union of what all receivers want. It goes through the files from
// front to back and then begins anew, so that what somebody wants who comes late, and which was
// sent before, has its turn after what all want.
class Backlog {
public:
    explicit Backlog(std::size_t file_count) : wanted_(file_count) {}

    void add(const Piece& piece);
    [[nodiscard]] bool empty() const { return size_ == 0; }
    [[nodiscard]] std::uint64_t size() const { return size_; }  // in bytes

    // The next piece, of `size_max` bytes at most and not across a multiple of it; it stays.
    [[nodiscard]] std::optional<Piece> front(std::uint64_t size_max) const;
    // The piece that front() gave was sent.
    void pop(const Piece& piece);

private:
    std::vector<RangeSet> wanted_;
    std::uint64_t size_ = 0;
    std::uint32_t file_ = 0;  // where to go on
    std::uint64_t offset_ = 0;
};

}  // namespace mcast::cli
