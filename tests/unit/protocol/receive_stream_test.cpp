#include "protocol/receive_stream.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "base/random.hpp"
#include "protocol/limits.hpp"

namespace mcast::protocol {
namespace {

struct Step {
    std::uint64_t sequence;
    Verdict verdict;
    std::uint64_t missing_first = 0;
    std::uint64_t missing_last = 0;
};

ReceiveStream run(const std::vector<Step>& steps) {
    ReceiveStream stream;
    for (std::size_t i = 0; i < steps.size(); ++i) {
        const Arrival arrival = stream.on_datagram(steps[i].sequence);
        EXPECT_EQ(arrival.verdict, steps[i].verdict) << "step " << i;
        EXPECT_EQ(arrival.missing_first, steps[i].missing_first) << "step " << i;
        EXPECT_EQ(arrival.missing_last, steps[i].missing_last) << "step " << i;
    }
    return stream;
}

using enum Verdict;
constexpr std::uint64_t kFar = kSequenceJumpMax + 1;

TEST(ReceiveStream, BeginsWhereItIsFirstHeard) {
    const ReceiveStream stream = run({{1000, Accepted}, {1001, Accepted}, {1002, Accepted}});
    EXPECT_EQ(stream.newest(), 1002u);
    EXPECT_EQ(ReceiveStream().newest(), 0u);
}

TEST(ReceiveStream, SaysWhatIsMissing) {
    run({{1, Accepted}, {3, Accepted, 2, 2}, {4, Accepted}, {100, Accepted, 5, 99}});
    EXPECT_EQ((Arrival{Accepted, 5, 99}).missing_count(), 95u);
    EXPECT_EQ((Arrival{Accepted, 2, 2}).missing_count(), 1u);
    EXPECT_EQ(Arrival{}.missing_count(), 0u);
}

TEST(ReceiveStream, TellsDuplicatesFromLateOnes) {
    run({{1, Accepted},
         {1, Duplicate},
         {5, Accepted, 2, 4},
         {1, Duplicate},
         {3, Late},
         {3, Duplicate},
         {2, Late},
         {4, Late},
         {4, Duplicate},
         {5, Duplicate},
         {6, Accepted}});
}

TEST(ReceiveStream, TellsThemApartWithinItsWindow) {
    const std::uint64_t newest = 1 + kSequenceWindow;
    ReceiveStream stream = run({{1, Accepted}, {2, Accepted}, {newest, Accepted, 3, newest - 1}});
    EXPECT_EQ(stream.on_datagram(2).verdict, Duplicate);  // the last place of the window
    EXPECT_EQ(stream.on_datagram(1).verdict, Late);       // beyond it: not known any more
    EXPECT_EQ(stream.on_datagram(3).verdict, Late);
    EXPECT_EQ(stream.on_datagram(3).verdict, Duplicate);
}

TEST(ReceiveStream, ForgetsItsWindowWhenItJumpsBeyondIt) {
    const std::uint64_t newest = 10 + kSequenceWindow;
    run({{10, Accepted}, {newest, Accepted, 11, newest - 1}, {newest - 1, Late}, {10, Late}});
}

TEST(ReceiveStream, SaysWhichLateOnesItHadToldMissing) {
    ReceiveStream stream = run({{10, Accepted}, {13, Accepted, 11, 12}});
    EXPECT_TRUE(stream.on_datagram(12).was_missing);
    EXPECT_FALSE(stream.on_datagram(12).was_missing);
    EXPECT_FALSE(stream.on_datagram(9).was_missing);  // before the beginning
    stream.on_datagram(14);
    EXPECT_TRUE(stream.on_datagram(11).was_missing);
    // Beyond the window nobody knows; a replayed one was not missing.
    stream.on_datagram(15 + kSequenceWindow);
    EXPECT_EQ(stream.on_datagram(13).verdict, Late);
    EXPECT_FALSE(stream.on_datagram(13).was_missing);
    EXPECT_TRUE(stream.on_datagram(16).was_missing);
    EXPECT_FALSE(stream.on_datagram(16).was_missing);
}

TEST(ReceiveStream, KnowsNoSequenceZero) {
    run({{0, Implausible}, {1, Accepted}, {0, Implausible}, {2, Accepted}});
}

TEST(ReceiveStream, BelievesAJumpUpToTheLimit) {
    run({{1, Accepted}, {1 + kSequenceJumpMax, Accepted, 2, kSequenceJumpMax}});
}

TEST(ReceiveStream, DoubtsAFartherOne) {
    run({{1, Accepted}, {1 + kFar, Implausible}, {2, Accepted}});
}

TEST(ReceiveStream, BelievesAFartherOneThatIsConfirmedAndMissesWhatLiesBetween) {
    ReceiveStream stream = run({{1, Accepted},
                                {1 + kFar, Implausible},
                                {2 + kFar, Accepted, 2, kFar},
                                {3 + kFar, Accepted},
                                {1 + kFar, Duplicate}});
    EXPECT_EQ(stream.newest(), 3 + kFar);
}

TEST(ReceiveStream, BelievesARestartThatIsConfirmed) {
    // Backwards as well: a peer whose counter began anew.
    run({{1'000'000, Accepted}, {1, Implausible}, {2, Accepted}, {3, Accepted}});
}

TEST(ReceiveStream, IsConfirmedByTheNextSequenceOnly) {
    run({{1, Accepted},
         {1 + kFar, Implausible},
         {1 + kFar, Implausible},
         {3 + kFar, Implausible},
         {4 + kFar, Accepted, 2, 2 + kFar}});
}

TEST(ReceiveStream, AnHonestDatagramEndsASuspicion) {
    run({{1, Accepted},
         {1 + kFar, Implausible},
         {2, Accepted},
         {2 + kFar, Implausible},
         {3, Accepted}});
}

TEST(ReceiveStream, OneForgedDatagramDoesNotStallTheHonestStream) {
    for (const std::uint64_t forged : {std::uint64_t{UINT64_MAX}, UINT64_MAX / 2, 500 + kFar}) {
        ReceiveStream stream;
        for (std::uint64_t sequence = 1; sequence <= 1000; ++sequence) {
            ASSERT_EQ(stream.on_datagram(sequence).verdict, Accepted) << sequence;
            if (sequence == 500) {
                ASSERT_EQ(stream.on_datagram(forged).verdict, Implausible);
            }
        }
    }
}

TEST(ReceiveStream, AForgedBeginningCostsOneDatagram) {
    run({{UINT64_MAX, Accepted}, {1, Implausible}, {2, Accepted}, {3, Accepted}});
}

TEST(ReceiveStream, AcceptsEachOneOnceInAnyOrder) {
    Random random(11);
    for (int round = 0; round < 50; ++round) {
        ReceiveStream stream;
        std::vector<int> accepted(200, 0);
        std::uint64_t lost = 0, late = 0, highest = 0;
        for (int i = 0; i < 600; ++i) {
            const std::uint64_t sequence = 5 + static_cast<unsigned>(i) / 4 - random.below(5);
            const Arrival arrival = stream.on_datagram(sequence);
            if (arrival.verdict == Accepted) {
                ASSERT_GT(sequence, highest);
                highest = sequence;
                ++accepted[sequence];
            }
            late += arrival.was_missing;
            lost += arrival.missing_count();
        }
        EXPECT_LE(late, lost);
        for (const int count : accepted)
            ASSERT_LE(count, 1);
    }
}

}  // namespace
}  // namespace mcast::protocol
