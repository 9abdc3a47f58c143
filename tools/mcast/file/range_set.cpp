#include "tools/mcast/file/range_set.hpp"

#include <algorithm>
#include <iterator>

namespace mcast::cli {

void RangeSet::add(Range range) {
    if (range.first >= range.end) return;
    auto next = ranges_.upper_bound(range.first);
    if (next != ranges_.begin()) {
        const auto before = std::prev(next);
        if (before->second >= range.end) return;
        // Ranges that touch become one, too.
        if (before->second >= range.first) next = before;
    }
    while (next != ranges_.end() && next->first <= range.end) {
        range.first = std::min(range.first, next->first);
        range.end = std::max(range.end, next->second);
        size_ -= next->second - next->first;
        next = ranges_.erase(next);
    }
    ranges_.emplace_hint(next, range.first, range.end);
    size_ += range.size();
}

void RangeSet::remove(Range range) {
    if (range.first >= range.end) return;
    auto next = ranges_.upper_bound(range.first);
    if (next != ranges_.begin()) --next;
    while (next != ranges_.end() && next->first < range.end) {
        const Range old{next->first, next->second};
        if (old.end <= range.first) {
            ++next;
            continue;
        }
        next = ranges_.erase(next);
        size_ -= old.size();
        for (const Range left : {Range{old.first, std::max(old.first, range.first)},
                                 Range{std::min(old.end, range.end), old.end}}) {
            if (left.first >= left.end) continue;
            next = std::next(ranges_.emplace_hint(next, left.first, left.end));
            size_ += left.size();
        }
    }
}

void RangeSet::clear() {
    ranges_.clear();
    size_ = 0;
}

bool RangeSet::contains(Range range) const {
    if (range.first >= range.end) return true;
    const auto next = ranges_.upper_bound(range.first);
    return next != ranges_.begin() && std::prev(next)->second >= range.end;
}

std::optional<Range> RangeSet::next(std::uint64_t from) const {
    auto next = ranges_.upper_bound(from);
    if (next != ranges_.begin() && std::prev(next)->second > from)
        return Range{from, std::prev(next)->second};
    if (next == ranges_.end()) return std::nullopt;
    return Range{next->first, next->second};
}

RangeSet RangeSet::rest(std::uint64_t size) const {
    RangeSet rest;
    rest.add({0, size});
    for (const auto& [first, end] : ranges_)
        rest.remove({first, end});
    return rest;
}

}  // namespace mcast::cli
