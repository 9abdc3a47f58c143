#include "tools/mcast/file/range_set.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace mcast::cli {
namespace {

std::vector<Range> ranges(const RangeSet& set) {
    std::vector<Range> all;
    for (auto range = set.next(0); range; range = set.next(range->end))
        all.push_back(*range);
    return all;
}

TEST(RangeSet, NeighboursBecomeOne) {
    RangeSet set;
    set.add({0, 10});
    set.add({20, 30});
    EXPECT_EQ(ranges(set), (std::vector<Range>{{0, 10}, {20, 30}}));
    set.add({10, 20});
    EXPECT_EQ(ranges(set), (std::vector<Range>{{0, 30}}));
    EXPECT_EQ(set.size(), 30u);
}

TEST(RangeSet, RemovingCutsInTwo) {
    RangeSet set;
    set.add({0, 30});
    set.remove({10, 20});
    EXPECT_EQ(ranges(set), (std::vector<Range>{{0, 10}, {20, 30}}));
    EXPECT_TRUE(set.contains({20, 30}));
    EXPECT_FALSE(set.contains({9, 11}));
    EXPECT_EQ(set.next(5), (Range{5, 10}));
    EXPECT_EQ(set.next(10), (Range{20, 30}));
    EXPECT_EQ(set.next(30), std::nullopt);
}

TEST(RangeSet, TheRestIsWhatIsMissing) {
    RangeSet set;
    set.add({5, 10});
    EXPECT_EQ(ranges(set.rest(12)), (std::vector<Range>{{0, 5}, {10, 12}}));
    EXPECT_TRUE(RangeSet().rest(0).empty());
}

TEST(RangeSet, IsASetOfBytes) {
    std::mt19937 random(1);
    for (int world = 0; world < 50; ++world) {
        RangeSet set;
        std::vector<bool> model(64);
        for (int step = 0; step < 100; ++step) {
            const std::uint64_t first = random() % 64;
            const std::uint64_t end = first + random() % (65 - first);
            const bool add = random() % 2 == 0;
            add ? set.add({first, end}) : set.remove({first, end});
            for (std::uint64_t i = first; i < end; ++i)
                model[i] = add;
            std::uint64_t count = 0;
            for (std::uint64_t i = 0; i < 64; ++i) {
                ASSERT_EQ(set.contains({i, i + 1}), model[i]);
                count += model[i] ? 1 : 0;
            }
            ASSERT_EQ(set.size(), count);
            for (const Range& range : ranges(set)) {
                ASSERT_TRUE(range.first == 0 || !model[range.first - 1]);
                ASSERT_TRUE(range.end == 64 || !model[range.end]);
            }
        }
    }
}

}  // namespace
}  // namespace mcast::cli
