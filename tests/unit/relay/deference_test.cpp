#include "relay/deference.hpp"

#include <gtest/gtest.h>

#include <algorithm>

using namespace mcast;
using namespace mcast::relay;
using namespace std::chrono_literals;

namespace {

constexpr Instant kStart = Instant{} + 100s;

// Each that is carried is said by somebody else, too; how many until it is left to him.
std::uint32_t copies_until_left(Deference& deference) {
    for (std::uint32_t count = 1; count < 10'000; ++count) {
        deference.on_carried();
        if (deference.on_copy()) return count;
    }
    return 0;
}

}  // namespace

TEST(Deference, AloneItCarriesForEver) {
    Deference deference(1);
    for (int i = 0; i < 10'000; ++i)
        deference.on_carried();
    EXPECT_FALSE(deference.leaves());
    EXPECT_EQ(deference.deadline(), kNever);
}

TEST(Deference, ToOneWhoSaysEverythingAsWellItIsLeft) {
    Deference deference(1);
    const std::uint32_t copies = copies_until_left(deference);
    EXPECT_GE(copies, Deference::kCopiesMin);
    EXPECT_LT(copies, (1 + Deference::kSpread) * Deference::kCopiesMin);
    EXPECT_TRUE(deference.leaves());
}

TEST(Deference, CopiesNowAndThenAreNoRelay) {
    Deference deference(1);
    for (int i = 0; i < 1000; ++i) {
        for (int alone = 0; alone < 70; ++alone)
            deference.on_carried();
        EXPECT_FALSE(deference.on_copy());
    }
}

TEST(Deference, WhileHeSaysItInTimeItStaysWithHim) {
    Deference deference(1);
    copies_until_left(deference);
    for (int i = 0; i < 1000; ++i) {
        const Instant now = kStart + 1s * i;
        deference.on_left(now);
        EXPECT_EQ(deference.deadline(), now + Deference::kPatience);
        EXPECT_FALSE(deference.on_copy());
        EXPECT_FALSE(deference.on_deadline(now + 10s));
    }
    EXPECT_TRUE(deference.leaves());
}

TEST(Deference, TheFirstThatIsMissingEndsIt) {
    Deference deference(1);
    copies_until_left(deference);
    deference.on_left(kStart);
    deference.on_left(kStart + 50ms);
    deference.on_copy();
    EXPECT_FALSE(deference.on_deadline(kStart + 249ms));
    EXPECT_TRUE(deference.on_deadline(kStart + 250ms));
    EXPECT_FALSE(deference.leaves());
    EXPECT_EQ(deference.deadline(), kNever);
}

TEST(Deference, WhoDisappointsIsTrustedLater) {
    Deference deference(1);
    std::uint32_t least = Deference::kCopiesMin;
    for (int i = 0; i < 20; ++i) {
        const std::uint32_t copies = copies_until_left(deference);
        EXPECT_GE(copies, least);
        EXPECT_LT(copies, (1 + Deference::kSpread) * least);
        least = std::min(2 * least, Deference::kCopiesMax);
        deference.on_left(kStart);
        ASSERT_TRUE(deference.on_deadline(kStart + 1s));
    }
}

TEST(Deference, OfManyUnderWayNoneIsForgotten) {
    Deference deference(1);
    copies_until_left(deference);
    for (int i = 0; i < 1000; ++i)
        deference.on_left(kStart + 1ms * i);
    EXPECT_TRUE(deference.on_deadline(kStart + 2s));
}

TEST(Deference, ADeadRelayIsNoticedHoweverMuchTrafficThereIs) {
    Deference deference(1);
    copies_until_left(deference);
    Instant now = kStart;
    while (deference.leaves() && now < kStart + 1s) {
        deference.on_left(now);
        now += 2ms;
        deference.on_deadline(now);
    }
    EXPECT_LE(now, kStart + Deference::kPatience + 2ms);
}
