#include "base/flat_map.hpp"

#include <gtest/gtest.h>

#include <map>
#include <memory>

#include "base/random.hpp"

namespace mcast {
namespace {

struct Spread {
    std::uint64_t operator()(std::uint64_t key) const { return split_mix(key); }
};
// All keys of equal remainder want the same slot, the last one of the table: probing must go on at
// its start, and erase() must close gaps across the end.
struct Crowded {
    std::uint64_t operator()(std::uint64_t key) const { return key % 3 - 1; }
};

// The same random operations on both: what one says the other must say too.
template <typename Hash>
void compare_with_std_map(std::uint64_t seed, std::size_t capacity, std::uint64_t keys) {
    FlatMap<std::uint64_t, std::uint64_t, Hash> map(capacity);
    std::map<std::uint64_t, std::uint64_t> model;
    Random random(seed);
    for (int step = 0; step < 5000; ++step) {
        const std::uint64_t key = random.below(keys);
        if (random.chance(0.55)) {
            const std::uint64_t value = random.next();
            const bool fits = model.contains(key) || model.size() < capacity;
            if (fits) model.emplace(key, value);
            const std::uint64_t* stored = map.insert(key, value);
            ASSERT_EQ(stored != nullptr, fits) << "seed " << seed << " step " << step;
            if (fits) {
                ASSERT_EQ(*stored, model.at(key));
            }
        } else {
            ASSERT_EQ(map.erase(key), model.erase(key) == 1) << "seed " << seed << " step " << step;
        }
        ASSERT_EQ(map.size(), model.size());
        ASSERT_EQ(map.full(), model.size() == capacity);
        for (std::uint64_t any = 0; any < keys; ++any) {
            const auto known = model.find(any);
            const std::uint64_t* found = map.find(any);
            ASSERT_EQ(found != nullptr, known != model.end()) << "seed " << seed << " key " << any;
            if (found != nullptr) {
                ASSERT_EQ(*found, known->second);
            }
        }
    }
}

TEST(FlatMap, DoesWhatAStdMapDoes) {
    for (std::uint64_t seed = 1; seed <= 10; ++seed)
        compare_with_std_map<Spread>(seed, 16, 24);
}

TEST(FlatMap, DoesWhatAStdMapDoesWhenAllKeysCollide) {
    for (std::uint64_t seed = 1; seed <= 10; ++seed)
        compare_with_std_map<Crowded>(seed, 12, 20);
}

TEST(FlatMap, HoldsOneWhenThatIsItsCapacity) {
    compare_with_std_map<Spread>(1, 1, 3);
}

TEST(FlatMap, KeepsTheValueOfAKeyThatIsThere) {
    FlatMap<std::uint64_t, int, Spread> map(2);
    EXPECT_EQ(*map.insert(7, 1), 1);
    EXPECT_EQ(*map.insert(7, 2), 1);
    *map.find(7) = 3;
    EXPECT_EQ(*map.insert(7, 4), 3);
    EXPECT_EQ(map.size(), 1u);
}

TEST(FlatMap, TakesAKeyThatIsThereAlsoWhenFull) {
    FlatMap<std::uint64_t, int, Spread> map(1);
    map.insert(7, 1);
    ASSERT_TRUE(map.full());
    EXPECT_NE(map.insert(7, 2), nullptr);
    EXPECT_EQ(map.insert(8, 2), nullptr);
}

TEST(FlatMap, LetsGoOfWhatIsErased) {
    FlatMap<std::uint64_t, std::shared_ptr<int>, Spread> map(4);
    const auto shared = std::make_shared<int>(1);
    map.insert(1, shared);
    map.insert(2, shared);
    map.erase(1);
    EXPECT_EQ(shared.use_count(), 2);
}

}  // namespace
}  // namespace mcast
