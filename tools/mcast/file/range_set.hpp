#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

namespace mcast::cli {

// Bytes of a file, from `first` to before `end`.
struct Range {
    std::uint64_t first = 0;
    std::uint64_t end = 0;

    [[nodiscard]] std::uint64_t size() const { return end - first; }
    friend bool operator==(const Range&, const Range&) = default;
};

// A set of bytes of a file, kept as the fewest ranges that hold it.
class RangeSet {
public:
    void add(Range range);
    void remove(Range range);
    void clear();

    [[nodiscard]] bool contains(Range range) const;
    [[nodiscard]] bool empty() const { return ranges_.empty(); }
    // In bytes.
    [[nodiscard]] std::uint64_t size() const { return size_; }
    [[nodiscard]] std::size_t range_count() const { return ranges_.size(); }
    // The first bytes from `from` on; empty if there are none.
    [[nodiscard]] std::optional<Range> next(std::uint64_t from) const;
    // What a file of `size` bytes has beside this.
    [[nodiscard]] RangeSet rest(std::uint64_t size) const;

private:
    std::map<std::uint64_t, std::uint64_t> ranges_;  // first → end; apart from each other
    std::uint64_t size_ = 0;
};

}  // namespace mcast::cli
