#include "relay/sequence_window.hpp"

#include <gtest/gtest.h>

#include <set>

#include "base/random.hpp"

namespace mcast::relay {
namespace {

TEST(RelaySequenceWindow, LetsEachPassOnce) {
    SequenceWindow window;
    for (std::uint64_t sequence = 5; sequence < 5000; ++sequence) {
        EXPECT_TRUE(window.on_sequence(sequence));
        EXPECT_FALSE(window.on_sequence(sequence));
    }
}

TEST(RelaySequenceWindow, AgreesWithASetForWhatItRemembers) {
    SequenceWindow window;
    Random random(3);
    std::set<std::uint64_t> seen;
    std::uint64_t newest = 1000;
    for (int i = 0; i < 100'000; ++i) {
        const std::uint64_t step = random.next() % 300;
        const std::uint64_t sequence = newest + 40 - std::min<std::uint64_t>(step, newest - 1);
        const bool is_new = seen.insert(sequence).second;
        EXPECT_EQ(window.on_sequence(sequence), is_new) << sequence;
        newest = std::max(newest, sequence);
    }
}

TEST(RelaySequenceWindow, WhatIsTooOldToRememberDoesNotPass) {
    SequenceWindow window;
    EXPECT_TRUE(window.on_sequence(1));
    EXPECT_TRUE(window.on_sequence(5000));
    EXPECT_FALSE(window.on_sequence(2));
}

TEST(RelaySequenceWindow, OneForgedSequenceStopsNothing) {
    SequenceWindow window;
    EXPECT_TRUE(window.on_sequence(10));
    EXPECT_TRUE(window.on_sequence(UINT64_MAX));  // passes, and moves nothing
    EXPECT_TRUE(window.on_sequence(11));
    EXPECT_FALSE(window.on_sequence(11));
    // Two in a row are believed: the stream was away for long.
    EXPECT_TRUE(window.on_sequence(1'000'000));
    EXPECT_TRUE(window.on_sequence(1'000'001));
    EXPECT_FALSE(window.on_sequence(1'000'001));
}

}  // namespace
}  // namespace mcast::relay
